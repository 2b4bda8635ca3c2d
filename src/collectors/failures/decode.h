/* Records of the ring into rows, and the rows that sums share with them. */
#pragma once
#include "base/text.h"
#include "collectors/collector.h"
#include "collectors/failures/crashes.h"
#include "kernel/tally.h"

struct failures {
    struct text text; /* scratch */
    struct crash_list crashes;
    struct tally signals, call_failures, state_changes;
    uint64_t missed[MISSED_COUNT]; /* counted so far by the kernel programs */
};

bool failures_take_record(struct collector_ctx *ctx, const void *bytes, size_t size);

/* Rows of signals and changes. `interval_ns` 0: a single event. */
void failures_add_signal(struct collector_ctx *ctx, const struct signal_key *key, const struct signal_value *value, int64_t boot_ns,
                         int64_t interval_ns);
void failures_add_state(struct collector_ctx *ctx, const struct change_key *key, const struct change_value *value, int64_t boot_ns,
                        int64_t interval_ns);
/* Sets the name of a system call, nothing when there is none. */
void failures_set_call(struct collector_ctx *ctx, struct batch *b, size_t column, uint16_t call);
