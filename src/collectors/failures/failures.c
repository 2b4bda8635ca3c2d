#include "collectors/failures/failures.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/names.h"
#include "collectors/failures/control.h"
#include "collectors/failures/decode.h"
#include "collectors/failures/plan.h"
#include "collectors/failures/sums.h"
#include "collectors/failures/words.h"
#include "collectors/sink.h"
#include "kernel/broker.h"
#include "kernel/missed.h"
#include "kernel/unit.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

static void failures_close(struct collector_ctx *ctx)
{
    struct failures *s = ctx->state;
    if (!s)
        return;
    failures_turn(ctx, clock_boot_ns()); /* what came to rest at the last tick */
    crash_flush(ctx, &s->crashes);
    tally_close(&s->signals);
    tally_close(&s->call_failures);
    tally_close(&s->state_changes);
    text_free(&s->text);
    free(s);
    ctx->state = NULL;
}

/* Lets the iterator look at each process. It writes nothing: its reads are all that is asked. */
static void scan(struct collector_ctx *ctx)
{
    const struct unit_hook *hook = unit_hook(ctx->unit, "scan");
    struct err why = {0};
    int fd = hook && hook->way >= 0 ? broker_open_iter(ctx->broker, ctx->index, "scan_tasks", &why) : -1;
    if (fd < 0) {
        log_debug("failures: %s", why.text);
        return;
    }
    char nothing[64];
    ssize_t n;
    do
        n = read(fd, nothing, sizeof nothing);
    while (n > 0 || (n < 0 && errno == EAGAIN));
    close(fd);
}

static int failures_start(struct collector_ctx *ctx, struct err *why)
{
    struct failures *s = ctx->state;
    int64_t now = clock_boot_ns();
    int rc = tally_open(&s->signals, ctx->unit, "signals", now, why);
    if (rc >= 0)
        rc = tally_open(&s->call_failures, ctx->unit, "call_failures", now, why);
    if (rc >= 0)
        rc = tally_open(&s->state_changes, ctx->unit, "state_changes", now, why);
    if (rc >= 0 && ctx->unit)
        scan(ctx);
    return rc >= 0 ? failures_control_start(ctx, why) : rc;
}

static int failures_open(struct collector_ctx *ctx, struct err *why)
{
    ctx->state = calloc(1, sizeof(struct failures));
    if (!ctx->state)
        return err_set(why, ENOMEM, "out of memory");
    int rc = failures_start(ctx, why);
    if (rc < 0)
        failures_close(ctx);
    return rc;
}

static void tell_missed(void *arg, size_t reason, uint64_t count)
{
    static const char *const reasons[MISSED_COUNT] = {
        [MISSED_FAILURES_FULL] = "the map of failed calls is full",
        [MISSED_SNAPSHOT] = "no memory for what a process may do",
    };
    const struct collector_ctx *ctx = arg;
    sink_loss(ctx->sink, "failures", reasons[reason], count);
}

static void failures_tick(struct collector_ctx *ctx, int64_t now_boot_ns)
{
    struct failures *s = ctx->state;
    failures_turn(ctx, now_boot_ns);
    crash_expire(ctx, &s->crashes, now_boot_ns);
    missed_read(ctx->unit, s->missed, MISSED_COUNT, tell_missed, ctx);
}

static const char *error_name(const void *arg, size_t i)
{
    (void)arg;
    return failure_error_name(i);
}

/* The names are not an option's choice: a hundred of them would fill the help. */
static int failures_check(const struct config_section *config, struct err *why)
{
    const char *const *names;
    size_t n = config_list(config, "errors", &names);
    for (size_t i = 0; i < n; i++) {
        if (failure_error_number(names[i]))
            continue;
        struct text t = {0};
        names_add_unknown(&t, (struct names){error_name, NULL}, names[i]);
        int rc = err_set(why, EINVAL, "failures.errors: %s is not the name of an error; errno(3) has them all: ENOSPC, EMFILE …",
                         t.bytes ? t.bytes : names[i]);
        text_free(&t);
        return rc;
    }
    return 0;
}

static const struct table *const tables[] = {&table_signals, &table_crashes, &table_call_failures, &table_changes};

static const struct config_option options[] = {
    {.name = "errors",
     .type = CONFIG_LIST,
     .fallback = "",
     .placeholder = "ERROR",
     .description =
         "errors of system calls that call_failures counts, EAGAIN only of calls that make processes; empty: EACCES, EPERM, "
         "EIO, ENOSPC, EDQUOT, EROFS, EFBIG, ENOMEM, ENOBUFS, EMFILE, ENFILE, EAGAIN, EADDRINUSE, EADDRNOTAVAIL, ESTALE, EUCLEAN"},
    {.name = "routine_signals",
     .type = CONFIG_BOOL,
     .fallback = "false",
     .description = "also SIGCHLD at the end of children, signals of timers and devices, SIGURG within a process; summed up by receiver"},
};

const struct collector collector_failures = {
    .name = "failures",
    .summary = "signals, crashes, system calls that fail for want of rights or room, and what changes the host",
    .tables = tables,
    .n_tables = sizeof tables / sizeof tables[0],
    .kernel = &failures_plan,
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .check = failures_check,
    .open = failures_open,
    .record = failures_take_record,
    .tick = failures_tick,
    .close = failures_close,
};
