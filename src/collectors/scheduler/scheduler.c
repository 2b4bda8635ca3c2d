/* The scheduler collector's life. */
#include "collectors/scheduler/scheduler.h"

#include "base/clock.h"
#include "collectors/scheduler/cpus.h"
#include "collectors/scheduler/processes.h"
#include "collectors/sink.h"
#include "kernel/missed.h"
#include "kernel/tally.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct state {
    struct tally tally;
    struct cpus cpus;
    struct processes processes;
    uint64_t missed[MISSED_COUNT];
};

static void add_process(void *arg, const void *key, const void *const *values, size_t n)
{
    struct state *s = arg;
    for (size_t i = 0; i < n; i++)
        processes_add(&s->processes, key, values[i], s->tally.begun_ns);
}

/* The tally's counters are those of the interval that ended at the last turn; the portions that are still kept were taken then. */
static void turn(struct collector_ctx *ctx, int64_t now_boot_ns, bool last)
{
    struct state *s = ctx->state;
    int64_t begun_ns = s->tally.begun_ns, ended_ns = s->tally.ended_ns;
    int rc = tally_turn(&s->tally, now_boot_ns, add_process, s);
    if (rc)
        sink_loss(ctx->sink, "scheduler: map of processes", strerror(-rc), SINK_UNKNOWN);
    for (size_t i = 0; i < s->cpus.map.count; i++)
        processes_add_portion(&s->processes, &s->cpus.states[i].portion, begun_ns);
    processes_make_rows(&s->processes, ctx, ended_ns, last);
    if (s->processes.lost)
        sink_loss(ctx->sink, "scheduler: sums of processes", "no memory, or too many", s->processes.lost);
    s->processes.lost = 0;
    cpus_turn(&s->cpus, ctx->sink, clock_boot_to_utc(now_boot_ns), last);
}

static void tell_missed(void *arg, size_t reason, uint64_t count)
{
    static const char *const reasons[MISSED_COUNT] = {
        [MISSED_THREAD] = "the map of threads is full: stays on a CPU are not counted by process",
        [MISSED_PROCESS] = "the map of processes is full: stays on a CPU are not counted by process",
    };
    const struct collector_ctx *ctx = arg;
    sink_loss(ctx->sink, "scheduler", reasons[reason], count);
}

static void scheduler_tick(struct collector_ctx *ctx, int64_t now_boot_ns)
{
    struct state *s = ctx->state;
    turn(ctx, now_boot_ns, false);
    missed_read(ctx->unit, s->missed, MISSED_COUNT, tell_missed, ctx);
}

static void release(struct collector_ctx *ctx)
{
    struct state *s = ctx->state;
    tally_close(&s->tally);
    cpus_close(&s->cpus);
    processes_free(&s->processes);
    free(s);
    ctx->state = NULL;
}

static void scheduler_close(struct collector_ctx *ctx)
{
    if (!ctx->state)
        return;
    turn(ctx, clock_boot_ns(), true); /* what came to rest at the last tick */
    release(ctx);
}

static int scheduler_open(struct collector_ctx *ctx, struct err *why)
{
    struct state *s = ctx->state = calloc(1, sizeof *s);
    if (!s)
        return err_set(why, ENOMEM, "out of memory");
    int rc = tally_open(&s->tally, ctx->unit, "processes", clock_boot_ns(), why);
    if (!rc)
        rc = cpus_open(&s->cpus, ctx->unit, why);
    if (rc)
        release(ctx);
    return rc;
}

static const struct table *const tables[] = {&table_sched_processes, &table_sched_cpus};

const struct collector collector_scheduler = {
    .name = "scheduler",
    .summary = "time on CPUs, waiting for them and blocked, by process and by CPU",
    .tables = tables,
    .n_tables = sizeof tables / sizeof tables[0],
    .kernel = &scheduler_plan,
    .open = scheduler_open,
    .tick = scheduler_tick,
    .close = scheduler_close,
};
