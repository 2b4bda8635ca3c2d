#include "collectors/failures/decode.h"

#include "base/clock.h"
#include "base/signal_name.h"
#include "collectors/failures/failures.h"
#include "collectors/failures/state_text.h"
#include "collectors/failures/words.h"
#include "collectors/sink.h"
#include "identity/identity.h"
#include "kernel/syscall_names.h"

#include <string.h>

static const char *word_or_unknown(const char *word)
{
    return word ? word : "unknown";
}

/* Sets what was gathered in the scratch text, if anything was. */
static void set_gathered(struct batch *b, size_t column, const struct text *t)
{
    if (t->length)
        batch_set_text(b, column, t->bytes, t->length);
}

static void set_comm(struct batch *b, size_t column, const char comm[16])
{
    if (comm[0])
        batch_set_text(b, column, comm, strnlen(comm, 16));
}

void failures_set_call(struct collector_ctx *ctx, struct batch *b, size_t column, uint16_t call)
{
    struct failures *s = ctx->state;
    const char *name = syscall_name(call);
    if (name) {
        batch_set_static(b, column, name);
        return;
    }
    text_clear(&s->text);
    failures_add_call(&s->text, call);
    set_gathered(b, column, &s->text);
}

/* Whose row it is. The name is that of the moment: programs that change what a process may do often start another right after. */
static void set_process(struct collector_ctx *ctx, struct batch *b, size_t first_column, uint32_t pid, uint64_t start_ns,
                        const char comm[16])
{
    identity_fill_named(ctx->identity, b, first_column, pid, start_ns, comm);
    set_comm(b, first_column + CHANGE_COMM - CHANGE_PID, comm);
}

/* --- signals ------------------------------------------------------------------------------------------------------ */

static void set_target(struct collector_ctx *ctx, struct batch *b, const struct signal_key *key, const char comm[16])
{
    const struct process *p =
        key->to_start_ns ? identity_find(ctx->identity, key->to_pid, key->to_start_ns) : identity_newest(ctx->identity, key->to_pid);
    batch_set_u32(b, SIGNAL_TARGET_PID, key->to_pid);
    if (p)
        batch_set_u64(b, SIGNAL_TARGET_KEY, p->key);
    else if (key->to_start_ns)
        batch_set_u64(b, SIGNAL_TARGET_KEY, identity_key(key->to_pid, key->to_start_ns));
    set_comm(b, SIGNAL_TARGET_COMM, p && p->comm[0] ? p->comm : comm);
}

void failures_add_signal(struct collector_ctx *ctx, const struct signal_key *key, const struct signal_value *value, int64_t boot_ns,
                         int64_t interval_ns)
{
    struct batch *b = sink_row(ctx->sink, &table_signals);
    if (!b)
        return;
    char name[SIGNAL_NAME_SIZE];
    signal_name(key->number, name);
    batch_set_time(b, SIGNAL_TIME, clock_boot_to_utc(boot_ns));
    if (key->from_pid)
        set_process(ctx, b, SIGNAL_PID, key->from_pid, key->from_start_ns, value->from_comm);
    batch_set_text(b, SIGNAL_SIGNAL, name, strlen(name));
    batch_set_static(b, SIGNAL_CODE, word_or_unknown(signal_code_word(key->number, key->code)));
    batch_set_static(b, SIGNAL_ORIGIN, key->marks & SIGNAL_KERNEL ? "kernel" : "process");
    batch_set_static(b, SIGNAL_RESULT, word_or_unknown(signal_result_word(key->result, key->marks)));
    batch_set_static(b, SIGNAL_SCOPE, key->marks & SIGNAL_GROUP ? "process" : "thread");
    set_target(ctx, b, key, value->to_comm);
    batch_set_u64(b, SIGNAL_COUNT, value->count);
    if (interval_ns)
        batch_set_i64(b, SIGNAL_INTERVAL, interval_ns);
}

static bool take_signal(struct collector_ctx *ctx, const void *bytes, size_t size)
{
    const struct failures_signal *e = bytes;
    if (size != sizeof *e)
        return false;
    failures_add_signal(ctx, &e->key, &e->value, (int64_t)e->h.boot_ns, 0);
    return true;
}

/* --- changes ------------------------------------------------------------------------------------------------------ */

static struct batch *change_row(struct collector_ctx *ctx, int64_t boot_ns, uint16_t kind, uint16_t call)
{
    struct batch *b = sink_row(ctx->sink, &table_changes);
    if (!b)
        return NULL;
    batch_set_time(b, CHANGE_TIME, clock_boot_to_utc(boot_ns));
    batch_set_static(b, CHANGE_KIND, word_or_unknown(change_kind_word(kind)));
    failures_set_call(ctx, b, CHANGE_CALL, call);
    return b;
}

static void set_state(struct collector_ctx *ctx, struct batch *b, size_t column, uint16_t kind, const struct task_state *of,
                      const struct task_state *other)
{
    struct text *t = &((struct failures *)ctx->state)->text;
    text_clear(t);
    if (kind == CHANGE_CREDENTIALS)
        state_add_credentials(t, of, other);
    else
        state_add_namespaces(t, of, other);
    set_gathered(b, column, t);
}

void failures_add_state(struct collector_ctx *ctx, const struct change_key *key, const struct change_value *value, int64_t boot_ns,
                        int64_t interval_ns)
{
    struct batch *b = change_row(ctx, boot_ns, key->kind, key->call);
    if (!b)
        return;
    set_process(ctx, b, CHANGE_PID, key->pid, key->start_ns, value->comm);
    set_state(ctx, b, CHANGE_BEFORE, key->kind, &key->before, &key->after);
    set_state(ctx, b, CHANGE_AFTER, key->kind, &key->after, &key->before);
    batch_set_u64(b, CHANGE_COUNT, value->count);
    if (interval_ns)
        batch_set_i64(b, CHANGE_INTERVAL, interval_ns);
}

static bool take_state(struct collector_ctx *ctx, const void *bytes, size_t size)
{
    const struct failures_state *e = bytes;
    if (size != sizeof *e)
        return false;
    failures_add_state(ctx, &e->key, &e->value, (int64_t)e->h.boot_ns, 0);
    return true;
}

/* Two 64-bit numbers: seconds, and microseconds of settimeofday or nanoseconds of clock_settime. */
static void set_clock(struct collector_ctx *ctx, struct batch *b, const struct failures_act *e)
{
    struct text *t = &((struct failures *)ctx->state)->text;
    int64_t parts[2];
    memcpy(parts, e->text, sizeof parts);
    const char *call = syscall_name(e->call);
    int64_t unit = call && !strcmp(call, "settimeofday") ? 1000 : 1;
    text_clear(t);
    if (parts[0] >= 0 && parts[0] < INT64_MAX / NS_PER_S)
        text_add_time(t, parts[0] * NS_PER_S + parts[1] % NS_PER_S * unit);
    set_gathered(b, CHANGE_AFTER, t);
}

static bool take_act(struct collector_ctx *ctx, const void *bytes, size_t size)
{
    const struct failures_act *e = bytes;
    if (size != sizeof *e || e->text_size > sizeof e->text)
        return false;
    struct batch *b = change_row(ctx, (int64_t)e->h.boot_ns, e->kind, e->call);
    if (!b)
        return true;
    set_process(ctx, b, CHANGE_PID, e->h.pid, e->h.start_ns, e->comm);
    batch_set_u64(b, CHANGE_COUNT, 1);
    if (e->kind == CHANGE_CLOCK) {
        if (e->text_size == 2 * sizeof(int64_t))
            set_clock(ctx, b, e);
    } else if (e->text_size) {
        bool holds_now = e->kind == CHANGE_ROOT || e->kind == CHANGE_HOSTNAME;
        batch_set_text(b, holds_now ? CHANGE_AFTER : CHANGE_DETAIL, e->text, strnlen(e->text, e->text_size));
    }
    return true;
}

/* --- all ---------------------------------------------------------------------------------------------------------- */

static bool take_crash(struct collector_ctx *ctx, const void *bytes, size_t size)
{
    const struct failures_crash *e = bytes;
    if (size < offsetof(struct failures_crash, text))
        return false;
    crash_take(ctx, &((struct failures *)ctx->state)->crashes, e);
    return true;
}

static bool take_crash_end(struct collector_ctx *ctx, const void *bytes, size_t size)
{
    const struct failures_crash_end *e = bytes;
    if (size != sizeof *e)
        return false;
    crash_take_end(ctx, &((struct failures *)ctx->state)->crashes, e);
    return true;
}

bool failures_take_record(struct collector_ctx *ctx, const void *bytes, size_t size)
{
    const struct event_header *h = bytes;
    if (size < sizeof *h || h->size != size)
        return false;
    switch (h->kind) {
    case FAILURES_SIGNAL: return take_signal(ctx, bytes, size);
    case FAILURES_CRASH: return take_crash(ctx, bytes, size);
    case FAILURES_CRASH_END: return take_crash_end(ctx, bytes, size);
    case FAILURES_STATE: return take_state(ctx, bytes, size);
    case FAILURES_ACT: return take_act(ctx, bytes, size);
    default: return false;
    }
}
