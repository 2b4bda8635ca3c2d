#include "collectors/failures/sums.h"

#include "base/clock.h"
#include "collectors/failures/failures.h"
#include "collectors/failures/words.h"
#include "collectors/sink.h"
#include "identity/identity.h"

#include <string.h>

struct turn {
    struct collector_ctx *ctx;
    const struct tally *tally;
};

static int64_t turn_length(const struct turn *turn)
{
    return turn->tally->ended_ns - turn->tally->begun_ns;
}

/* Signals and changes are counted for all CPUs together; without a count only the first was, which has its row. */
static void add_signals(void *arg, const void *key, const void *const *values, size_t n)
{
    const struct turn *turn = arg;
    const struct signal_value *v = values[0];
    (void)n;
    if (v->count)
        failures_add_signal(turn->ctx, key, v, turn->tally->ended_ns, turn_length(turn));
}

static void add_changes(void *arg, const void *key, const void *const *values, size_t n)
{
    const struct turn *turn = arg;
    const struct change_value *v = values[0];
    (void)n;
    if (v->count)
        failures_add_state(turn->ctx, key, v, turn->tally->ended_ns, turn_length(turn));
}

static void add_failures(void *arg, const void *key_, const void *const *values, size_t n)
{
    const struct turn *turn = arg;
    const struct failure_key *key = key_;
    struct failure_value sum = {0};
    for (size_t i = 0; i < n; i++) {
        const struct failure_value *v = values[i];
        sum.count += v->count;
        memcpy(sum.comm, v->comm, sizeof sum.comm);
    }
    struct batch *b = sink_row(turn->ctx->sink, &table_call_failures);
    if (!b)
        return;
    const char *error = err_name(key->error);
    batch_set_time(b, FAILURE_TIME, clock_boot_to_utc(turn->tally->ended_ns));
    identity_fill_named(turn->ctx->identity, b, FAILURE_PID, key->pid, key->start_ns, sum.comm);
    batch_set_i64(b, FAILURE_INTERVAL, turn_length(turn));
    failures_set_call(turn->ctx, b, FAILURE_CALL, key->call);
    batch_set_static(b, FAILURE_ERROR, error ? error : "unknown");
    batch_set_u64(b, FAILURE_COUNT, sum.count);
}

static void turn_one(struct collector_ctx *ctx, struct tally *tally, const char *place, int64_t now_boot_ns, tally_fn add)
{
    struct turn turn = {ctx, tally};
    int rc = tally_turn(tally, now_boot_ns, add, &turn);
    if (rc)
        sink_loss(ctx->sink, place, strerror(-rc), 1);
}

void failures_turn(struct collector_ctx *ctx, int64_t now_boot_ns)
{
    struct failures *s = ctx->state;
    turn_one(ctx, &s->signals, "failures: map of signals", now_boot_ns, add_signals);
    turn_one(ctx, &s->state_changes, "failures: map of changes", now_boot_ns, add_changes);
    turn_one(ctx, &s->call_failures, "failures: map of failed calls", now_boot_ns, add_failures);
}
