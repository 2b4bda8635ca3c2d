/* Records of the kernel side into rows. */
#pragma once
#include "collectors/collector.h"
#include "collectors/connections/progress.h"

struct connections_state {
    struct progress progress;
    int64_t interval_ns, next_pass_ns; /* boot clock */
    int64_t udp_gone_ns;               /* a flow without a row for so long has ended */
    uint64_t full[2];                  /* map insertions that failed so far: TCP, UDP */
    uint64_t untold;                   /* live rows left out since the last tick: too many connections */
};

/* One record of the ring or of an iterator. False: unreadable. */
bool connections_take_record(struct collector_ctx *ctx, const void *bytes, size_t size);
