#include "collectors/block/block.h"

#include "base/clock.h"
#include "collectors/block/plan.h"
#include "collectors/block/rows.h"
#include "collectors/sink.h"
#include "kernel/missed.h"

#include <errno.h>
#include <stdlib.h>

static void block_close(struct collector_ctx *ctx)
{
    struct block_state *s = ctx->state;
    if (!s)
        return;
    block_turn(ctx, clock_boot_ns()); /* what came to rest at the last tick */
    tally_close(&s->io);
    free(s);
    ctx->state = NULL;
}

static int block_open(struct collector_ctx *ctx, struct err *why)
{
    struct block_state *s = ctx->state = calloc(1, sizeof *s);
    if (!s)
        return err_set(why, ENOMEM, "out of memory");
    int rc = tally_open(&s->io, ctx->unit, "io", clock_boot_ns(), why);
    if (rc < 0)
        block_close(ctx);
    return rc;
}

static void tell_missed(void *arg, size_t reason, uint64_t count)
{
    static const char *const reasons[MISSED_COUNT] = {
        [MISSED_TALLY] = "the map of I/Os by device and process is full",
        [MISSED_INFLIGHT] = "no memory for who asked for an I/O",
    };
    const struct collector_ctx *ctx = arg;
    sink_loss(ctx->sink, "block", reasons[reason], count);
}

static void block_tick(struct collector_ctx *ctx, int64_t now_boot_ns)
{
    struct block_state *s = ctx->state;
    block_turn(ctx, now_boot_ns);
    missed_read(ctx->unit, s->missed, MISSED_COUNT, tell_missed, ctx);
}

static const struct table *const tables[] = {&table_block_io, &table_block_slow};

static const struct config_option options[] = {
    {"slow", CONFIG_DURATION, "100ms", "100ms", "an I/O that takes so long is a row of block_slow; 0: each one is"},
};

const struct collector collector_block = {
    .name = "block",
    .summary = "I/O of block devices by device and process: counts, sizes, time in the queue and in the device",
    .tables = tables,
    .n_tables = sizeof tables / sizeof tables[0],
    .kernel = &block_plan,
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .open = block_open,
    .record = block_take_record,
    .tick = block_tick,
    .close = block_close,
};
