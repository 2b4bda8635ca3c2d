/* Records of the ring into the process tree and rows. */
#pragma once
#include "base/text.h"
#include "collectors/collector.h"
#include "identity/identity.h"

struct process_state {
    struct text text; /* scratch for one string at a time */
};

/* A fork record, from the ring or from the start scan: the child becomes known. False: too short. */
bool process_take_fork(struct collector_ctx *ctx, const void *bytes, size_t size);
/* Any record of the ring. */
bool process_take_record(struct collector_ctx *ctx, const void *bytes, size_t size);
