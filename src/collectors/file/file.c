#include "collectors/file/file.h"

#include "base/clock.h"
#include "collectors/file/control.h"
#include "collectors/file/decode.h"
#include "collectors/file/plan.h"
#include "collectors/sink.h"
#include "kernel/missed.h"

#include <errno.h>
#include <stdlib.h>

static void file_close(struct collector_ctx *ctx)
{
    struct file_state *s = ctx->state;
    if (!s)
        return;
    file_io_turn(ctx, &s->io, clock_boot_ns()); /* what came to rest at the last tick */
    text_free(&s->text);
    text_free(&s->flag_words);
    path_rules_free(&s->rules);
    tally_close(&s->io);
    free(s);
    ctx->state = NULL;
}

static int file_start(struct collector_ctx *ctx, struct err *why)
{
    struct file_state *s = ctx->state;
    int rc = file_check_options(ctx->config, why);
    if (rc >= 0 && path_rules_take(&s->rules, ctx->config) < 0)
        rc = err_set(why, ENOMEM, "out of memory");
    if (rc >= 0)
        rc = tally_open(&s->io, ctx->unit, "io", clock_boot_ns(), why);
    if (rc >= 0)
        rc = file_control_start(ctx, &s->rules, why);
    return rc;
}

static int file_open(struct collector_ctx *ctx, struct err *why)
{
    ctx->state = calloc(1, sizeof(struct file_state));
    if (!ctx->state)
        return err_set(why, ENOMEM, "out of memory");
    int rc = file_start(ctx, why);
    if (rc < 0)
        file_close(ctx);
    return rc;
}

static void tell_missed(void *arg, size_t reason, uint64_t count)
{
    static const char *const reasons[MISSED_COUNT] = {
        [MISSED_COMPAT] = "32-bit system calls are not decoded",
        [MISSED_IO_FULL] = "the map of reads and writes is full",
        [MISSED_ENTRY] = "no memory for the time of entry",
    };
    const struct collector_ctx *ctx = arg;
    sink_loss(ctx->sink, "file", reasons[reason], count);
}

static void file_tick(struct collector_ctx *ctx, int64_t now_boot_ns)
{
    struct file_state *s = ctx->state;
    file_io_turn(ctx, &s->io, now_boot_ns);
    missed_read(ctx->unit, s->missed, MISSED_COUNT, tell_missed, ctx);
}

static const struct table *const tables[] = {&table_file_ops, &table_file_io};

static const struct config_option options[] = {
    {"paths", CONFIG_LIST, "", "DIR", "only operations under these paths, by whole names; the longest that fits decides; empty: all"},
    {"exclude_paths", CONFIG_LIST, "", "DIR", "no operations under these paths (/proc, /sys …)"},
    {"comms", CONFIG_LIST, "", "NAME", "only processes of these command names; empty: all"},
    {"exclude_comms", CONFIG_LIST, "", "NAME", "no processes of these command names"},
    {"only_failures", CONFIG_BOOL, "false", NULL, "only operations that failed"},
    {"reads", CONFIG_BOOL, "true", NULL, "also successful opens that can neither write nor create"},
};

const struct collector collector_file = {
    .name = "file",
    .summary = "operations on files by path, and bytes and latency of reads and writes",
    .tables = tables,
    .n_tables = sizeof tables / sizeof tables[0],
    .kernel = &file_plan,
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .check = file_check_options,
    .open = file_open,
    .record = file_take_record,
    .tick = file_tick,
    .close = file_close,
};
