/* From the kernel's records and numbers to rows. */
#pragma once
#include "collectors/block/block.wire.h"
#include "collectors/collector.h"
#include "kernel/tally.h"

struct block_state {
    struct tally io;
    uint64_t missed[MISSED_COUNT]; /* counted so far by the kernel programs */
};

/* Makes rows of block_io of what came together in the interval that ended at the last call. */
void block_turn(struct collector_ctx *ctx, int64_t now_boot_ns);
/* A row of block_slow. False: not a record of ours. */
bool block_take_record(struct collector_ctx *ctx, const void *bytes, size_t size);
