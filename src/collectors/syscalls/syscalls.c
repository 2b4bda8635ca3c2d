/* Rows of syscalls and syscall_errors, from the kernel's tallies. */
#include "collectors/syscalls/syscalls.h"

#include "base/clock.h"
#include "collectors/sink.h"
#include "collectors/syscalls/syscalls.wire.h"
#include "kernel/missed.h"
#include "kernel/syscall_names.h"
#include "kernel/tally.h"
#include "table/histogram.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct state {
    struct tally calls, errors;
    uint64_t missed[MISSED_COUNT];
};

struct turn {
    struct collector_ctx *ctx;
    const struct tally *tally;
};

/* ---- words ---- */

static void set_call(struct batch *b, size_t column, uint32_t number)
{
    char words[32];
    const char *name = number & SYSCALL_COMPAT ? NULL : syscall_name((long)number);
    if (name) {
        batch_set_static(b, column, name);
        return;
    }
    const char *form = number & SYSCALL_COMPAT ? "i386:%u" : "#%u";
    int n = snprintf(words, sizeof words, form, number & ~(unsigned)SYSCALL_COMPAT); /* NOLINT: both take one unsigned */
    batch_set_text(b, column, words, (size_t)n);
}

/* Those that only the kernel sees: include/linux/errno.h. */
static const char *restart_word(uint32_t error)
{
    switch (error) {
    case 512: return "ERESTARTSYS";
    case 513: return "ERESTARTNOINTR";
    case 514: return "ERESTARTNOHAND";
    case 516: return "ERESTART_RESTARTBLOCK";
    default: return NULL;
    }
}

static void set_error(struct batch *b, size_t column, uint32_t error)
{
    char words[16];
    const char *name = strerrorname_np((int)error);
    if (!name)
        name = restart_word(error);
    if (name)
        batch_set_static(b, column, name);
    else
        batch_set_text(b, column, words, (size_t)snprintf(words, sizeof words, "%u", error));
}

/* ---- rows ---- */

/* Young processes of one name may share a key, which has no pid. */
static void set_owner(struct collector_ctx *ctx, struct batch *b, size_t first, const struct syscall_key *key, const char *comm)
{
    if (key->pid)
        identity_fill_named(ctx->identity, b, first, key->pid, key->start_ns, comm);
    else
        batch_set_text(b, first + (SYSCALL_COMM - SYSCALL_PID), comm, strnlen(comm, 16));
}

static void add_calls(void *arg, const void *key_, const void *const *values, size_t n)
{
    const struct turn *turn = arg;
    const struct syscall_key *key = key_;
    uint64_t calls = 0, errors = 0, total_ns = 0, max_ns = 0, latency[HISTOGRAM_BUCKETS] = {0};
    const char *comm = "";
    for (size_t i = 0; i < n; i++) {
        const struct syscall_value *v = values[i];
        calls += v->calls;
        errors += v->errors;
        total_ns += v->total_ns;
        max_ns = v->max_ns > max_ns ? v->max_ns : max_ns;
        histogram_sum(latency, v->latency.counts);
        comm = v->comm;
    }
    struct batch *b = sink_row(turn->ctx->sink, &table_syscalls);
    if (!b)
        return;
    batch_set_time(b, SYSCALL_TIME, clock_boot_to_utc(turn->tally->ended_ns));
    set_owner(turn->ctx, b, SYSCALL_PID, key, comm);
    set_call(b, SYSCALL_CALL, key->number);
    batch_set_i64(b, SYSCALL_INTERVAL, turn->tally->ended_ns - turn->tally->begun_ns);
    batch_set_u64(b, SYSCALL_CALLS, calls);
    batch_set_u64(b, SYSCALL_ERRORS, errors);
    batch_set_histogram(b, SYSCALL_LATENCY, latency, HISTOGRAM_BUCKETS);
    batch_set_u64(b, SYSCALL_LATENCY_TOTAL, total_ns);
    batch_set_u64(b, SYSCALL_LATENCY_MAX, max_ns);
}

static void add_errors(void *arg, const void *key_, const void *const *values, size_t n)
{
    const struct turn *turn = arg;
    const struct syscall_key *key = key_;
    const char *comm = "";
    uint64_t count = 0;
    for (size_t i = 0; i < n; i++) {
        const struct syscall_error_value *v = values[i];
        count += v->count;
        comm = v->comm;
    }
    struct batch *b = sink_row(turn->ctx->sink, &table_syscall_errors);
    if (!b)
        return;
    batch_set_time(b, SYSCALL_ERROR_TIME, clock_boot_to_utc(turn->tally->ended_ns));
    set_owner(turn->ctx, b, SYSCALL_ERROR_PID, key, comm);
    set_call(b, SYSCALL_ERROR_CALL, key->number);
    batch_set_i64(b, SYSCALL_ERROR_INTERVAL, turn->tally->ended_ns - turn->tally->begun_ns);
    set_error(b, SYSCALL_ERROR_ERROR, key->error);
    batch_set_u64(b, SYSCALL_ERROR_COUNT, count);
}

static void turn(struct collector_ctx *ctx, struct tally *t, tally_fn fn, const char *place, int64_t now_boot_ns)
{
    struct turn turn = {ctx, t};
    int rc = tally_turn(t, now_boot_ns, fn, &turn);
    if (rc)
        sink_loss(ctx->sink, place, strerror(-rc), SINK_UNKNOWN);
}

/* ---- life ---- */

static void tell_missed(void *arg, size_t reason, uint64_t count)
{
    static const char *const reasons[MISSED_COUNT] = {
        [MISSED_ENTRY] = "no memory for the time of entry",
        [MISSED_CALLS_FULL] = "the map of calls is full",
        [MISSED_ERRORS_FULL] = "the map of errors is full",
    };
    const struct collector_ctx *ctx = arg;
    sink_loss(ctx->sink, "syscalls", reasons[reason], count);
}

static void syscalls_tick(struct collector_ctx *ctx, int64_t now_boot_ns)
{
    struct state *s = ctx->state;
    turn(ctx, &s->calls, add_calls, "syscalls: map of calls", now_boot_ns);
    turn(ctx, &s->errors, add_errors, "syscalls: map of errors", now_boot_ns);
    missed_read(ctx->unit, s->missed, MISSED_COUNT, tell_missed, ctx);
}

static void syscalls_close(struct collector_ctx *ctx)
{
    struct state *s = ctx->state;
    if (!s)
        return;
    syscalls_tick(ctx, clock_boot_ns()); /* what came to rest at the last tick */
    tally_close(&s->calls);
    tally_close(&s->errors);
    free(s);
    ctx->state = NULL;
}

static int syscalls_open(struct collector_ctx *ctx, struct err *why)
{
    struct state *s = ctx->state = calloc(1, sizeof *s);
    if (!s)
        return err_set(why, ENOMEM, "out of memory");
    int rc = tally_open(&s->calls, ctx->unit, "calls", clock_boot_ns(), why);
    if (!rc)
        rc = tally_open(&s->errors, ctx->unit, "errors", clock_boot_ns(), why);
    if (rc)
        syscalls_close(ctx);
    return rc;
}

static const struct table *const tables[] = {&table_syscalls, &table_syscall_errors};

const struct collector collector_syscalls = {
    .name = "syscalls",
    .summary = "system calls by process: count, errors and latency",
    .tables = tables,
    .n_tables = sizeof tables / sizeof tables[0],
    .kernel = &syscalls_plan,
    .open = syscalls_open,
    .tick = syscalls_tick,
    .close = syscalls_close,
};
