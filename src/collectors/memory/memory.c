#include "collectors/memory/memory.h"

#include "base/clock.h"
#include "base/log.h"
#include "collectors/memory/memory.wire.h"
#include "collectors/memory/rows.h"
#include "collectors/sink.h"
#include "kernel/broker.h"
#include "kernel/missed.h"
#include "kernel/unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct state {
    struct tally processes, stalls;
    uint64_t missed[MISSED_COUNT];
};

/* Lets the kernel's iterator look at every thread; what it finds goes into the tally. A walk that fails loses nothing: the next
 * one finds it. */
static void walk(struct collector_ctx *ctx)
{
    const struct unit_hook *hook = unit_hook(ctx->unit, "walk");
    if (!hook || hook->way < 0)
        return;
    struct err why = {0};
    int fd = broker_open_iter(ctx->broker, ctx->index, "walk_tasks", &why);
    if (fd < 0) {
        log_debug("memory: %s", why.text);
        return;
    }
    char none[16];
    ssize_t n;
    do
        n = read(fd, none, sizeof none); /* it runs inside this call and writes nothing */
    while (n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR)));
    if (n < 0)
        log_debug("memory: the walk over all threads ended early: %s", strerror(errno));
    close(fd);
}

static void tell_missed(void *arg, size_t reason, uint64_t count)
{
    static const char *const reasons[MISSED_COUNT] = {
        [MISSED_TASK] = "no memory for the counters of a thread",
        [MISSED_PROCESSES_FULL] = "the map of processes is full",
        [MISSED_STALLS_FULL] = "the map of stalls is full",
        [MISSED_STALL] = "no memory for the beginning of a stall",
    };
    const struct collector_ctx *ctx = arg;
    sink_loss(ctx->sink, "memory", reasons[reason], count);
}

static void turn(struct collector_ctx *ctx, int64_t now_boot_ns)
{
    struct state *s = ctx->state;
    memory_turn_processes(ctx, &s->processes, now_boot_ns);
    memory_turn_stalls(ctx, &s->stalls, now_boot_ns);
}

static void memory_tick(struct collector_ctx *ctx, int64_t now_boot_ns)
{
    struct state *s = ctx->state;
    walk(ctx);
    turn(ctx, now_boot_ns);
    missed_read(ctx->unit, s->missed, MISSED_COUNT, tell_missed, ctx);
}

static void memory_close(struct collector_ctx *ctx)
{
    struct state *s = ctx->state;
    if (!s)
        return;
    turn(ctx, clock_boot_ns()); /* what came to rest at the last tick */
    tally_close(&s->processes);
    tally_close(&s->stalls);
    free(s);
    ctx->state = NULL;
}

static int memory_open(struct collector_ctx *ctx, struct err *why)
{
    struct state *s = ctx->state = calloc(1, sizeof *s);
    if (!s)
        return err_set(why, ENOMEM, "out of memory");
    int rc = tally_open(&s->processes, ctx->unit, "processes", clock_boot_ns(), why);
    if (!rc)
        rc = tally_open(&s->stalls, ctx->unit, "stalls", clock_boot_ns(), why);
    if (rc)
        memory_close(ctx);
    else
        walk(ctx); /* the counters so far, of all that is there */
    return rc;
}

static const struct table *const tables[] = {&table_memory_processes, &table_memory_stalls, &table_oom_kills};

const struct collector collector_memory = {
    .name = "memory",
    .summary = "page faults and sizes of processes, stalls for want of memory, and kills",
    .tables = tables,
    .n_tables = sizeof tables / sizeof tables[0],
    .kernel = &memory_plan,
    .open = memory_open,
    .record = memory_take_record,
    .tick = memory_tick,
    .close = memory_close,
};
