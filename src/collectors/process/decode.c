#include "collectors/process/decode.h"

#include "base/clock.h"
#include "base/signal_name.h"
#include "collectors/process/process.h"
#include "collectors/process/process.wire.h"
#include "collectors/sink.h"
#include "kernel/path.h"

#include <string.h>
#include <unistd.h>

static void take_who(struct process *p, const struct process_who *who)
{
    p->ppid = who->ppid;
    p->parent_key = who->ppid ? identity_key(who->ppid, who->parent_start_ns) : 0;
    p->uid = who->uid;
    p->gid = who->gid;
    p->cgroup_id = who->cgroup_id;
    memcpy(p->comm, who->comm, sizeof p->comm);
    p->comm[sizeof p->comm - 1] = '\0';
}

static void inherit(struct process *child, const struct process *parent)
{
    identity_set_text(&child->exe, &child->exe_length, parent->exe, parent->exe ? parent->exe_length : 0);
    identity_set_text(&child->args, &child->args_length, parent->args, parent->args ? parent->args_length : 0);
    identity_set_text(&child->cwd, &child->cwd_length, parent->cwd, parent->cwd ? parent->cwd_length : 0);
}

bool process_take_fork(struct collector_ctx *ctx, const void *bytes, size_t size)
{
    const struct process_fork *e = bytes;
    if (size < sizeof *e)
        return false;
    struct process *known = identity_find(ctx->identity, e->h.pid, e->h.start_ns);
    struct process *p = known ? known : identity_add(ctx->identity, e->h.pid, e->h.start_ns);
    if (!p)
        return true; /* no memory: later rows carry pid and key only */
    take_who(p, &e->who);
    const struct process *parent = identity_find(ctx->identity, e->who.ppid, e->who.parent_start_ns);
    if (!known && parent)
        inherit(p, parent);
    return true;
}

static void set_path(struct process_state *s, char **slot, uint32_t *length, const char *names, size_t n)
{
    text_clear(&s->text);
    path_assemble(names, n, &s->text);
    identity_set_text(slot, length, s->text.bytes, s->text.length);
}

/* NUL-separated arguments as one line that a shell reads back. */
static void quote_arguments(struct text *out, const char *args, size_t n)
{
    text_clear(out);
    for (size_t at = 0; at < n;) {
        size_t k = strnlen(args + at, n - at);
        if (at)
            text_addc(out, ' ');
        text_add_shell(out, args + at, k);
        at += k + 1;
    }
}

static size_t exec_fixed(void)
{
    return offsetof(struct process_exec, text);
}

static bool exec_sane(const struct process_exec *e, size_t size)
{
    return size >= exec_fixed() && e->args_size <= e->exe_end && e->exe_end <= e->cwd_end && e->cwd_end <= size - exec_fixed();
}

static void learn_exec(struct process_state *s, struct process *p, const struct process_exec *e)
{
    take_who(p, &e->who);
    p->exec_boot_ns = (int64_t)e->h.boot_ns;
    set_path(s, &p->exe, &p->exe_length, e->text + e->args_size, e->exe_end - e->args_size);
    set_path(s, &p->cwd, &p->cwd_length, e->text + e->exe_end, e->cwd_end - e->exe_end);
    quote_arguments(&s->text, e->text, e->args_size);
    identity_set_text(&p->args, &p->args_length, s->text.bytes, s->text.length);
    uint32_t unused;
    identity_set_text(&p->tty, &unused, e->tty, strnlen(e->tty, sizeof e->tty));
}

static void set_word(struct batch *b, size_t column, const char *word, size_t size)
{
    size_t n = strnlen(word, size);
    if (n)
        batch_set_text(b, column, word, n);
}

static bool take_exec(struct collector_ctx *ctx, const void *bytes, size_t size)
{
    const struct process_exec *e = bytes;
    if (!exec_sane(e, size))
        return false;
    struct process *p = identity_find(ctx->identity, e->h.pid, e->h.start_ns);
    if (!p)
        p = identity_add(ctx->identity, e->h.pid, e->h.start_ns);
    if (p)
        learn_exec(ctx->state, p, e);
    struct batch *b = sink_row(ctx->sink, &table_execs);
    if (!b)
        return true;
    batch_set_time(b, EXEC_TIME, clock_boot_to_utc((int64_t)e->h.boot_ns));
    identity_fill(ctx->identity, b, EXEC_PID, p, e->h.pid, e->h.start_ns);
    batch_set_u32(b, EXEC_PPID, e->who.ppid);
    batch_set_u64(b, EXEC_PARENT_KEY, identity_key(e->who.ppid, e->who.parent_start_ns));
    set_word(b, EXEC_PARENT_COMM, e->parent_comm, sizeof e->parent_comm);
    set_word(b, EXEC_TTY, e->tty, sizeof e->tty);
    batch_set_bool(b, EXEC_ARGS_CUT, e->args_total > e->args_size);
    batch_set_u32(b, EXEC_GID, e->who.gid);
    if (p && p->args)
        batch_set_utf8(b, EXEC_ARGS, p->args, p->args_length);
    if (p && p->cwd)
        batch_set_text(b, EXEC_CWD, p->cwd, p->cwd_length);
    const char *cgroup = identity_cgroup(ctx->identity, e->who.cgroup_id);
    if (*cgroup)
        batch_set_text(b, EXEC_CGROUP, cgroup, strlen(cgroup));
    return true;
}

/* Splits the exact CPU time by the sampled ticks, as the kernel does for /proc/<pid>/stat (kernel/sched/cputime.c). */
static void split_cpu(const struct process_exit *e, uint64_t *user, uint64_t *system)
{
    uint64_t ticks = e->user_ticks_ns + e->system_ticks_ns;
    if (!ticks) {
        *user = e->runtime_ns;
        *system = 0;
        return;
    }
    *user = (uint64_t)((unsigned __int128)e->runtime_ns * e->user_ticks_ns / ticks);
    *system = e->runtime_ns - *user;
}

static void set_signal(struct batch *b, int number)
{
    char name[SIGNAL_NAME_SIZE];
    signal_name(number, name);
    batch_set_text(b, EXIT_SIGNAL, name, strlen(name));
}

static void fill_exit(struct batch *b, const struct process_exit *e)
{
    int signal_number = e->exit_code & 0x7f;
    if (signal_number)
        set_signal(b, signal_number);
    else
        batch_set_i32(b, EXIT_EXIT_CODE, e->exit_code >> 8 & 0xff);
    batch_set_bool(b, EXIT_CORE, e->exit_code & 0x80);
    batch_set_i64(b, EXIT_DURATION, (int64_t)(e->h.boot_ns - e->h.start_ns));
    uint64_t user, system;
    split_cpu(e, &user, &system);
    batch_set_u64(b, EXIT_USER_CPU, user);
    batch_set_u64(b, EXIT_SYSTEM_CPU, system);
    batch_set_u64(b, EXIT_MAX_RSS, e->max_rss_pages * (uint64_t)sysconf(_SC_PAGESIZE));
    batch_set_u64(b, EXIT_READ_BYTES, e->read_bytes);
    batch_set_u64(b, EXIT_WRITE_BYTES, e->write_bytes);
    batch_set_u64(b, EXIT_READ_CHARS, e->read_chars);
    batch_set_u64(b, EXIT_WRITE_CHARS, e->write_chars);
}

static bool take_exit(struct collector_ctx *ctx, const void *bytes, size_t size)
{
    const struct process_exit *e = bytes;
    if (size < sizeof *e)
        return false;
    struct process *p = identity_find(ctx->identity, e->h.pid, e->h.start_ns);
    struct batch *b = sink_row(ctx->sink, &table_exits);
    if (b) {
        batch_set_time(b, EXIT_TIME, clock_boot_to_utc((int64_t)e->h.boot_ns));
        identity_fill(ctx->identity, b, EXIT_PID, p, e->h.pid, e->h.start_ns);
        if (p)
            batch_set_u32(b, EXIT_PPID, p->ppid);
        fill_exit(b, e);
    }
    if (p)
        identity_exit(ctx->identity, p, (int64_t)e->h.boot_ns);
    return true;
}

static bool take_cgroup(struct collector_ctx *ctx, const void *bytes, size_t size)
{
    const struct process_cgroup *e = bytes;
    if (size < sizeof *e || !memchr(e->path, '\0', sizeof e->path))
        return false;
    if (e->h.kind == PROCESS_CGROUP_ADD)
        identity_cgroup_add(ctx->identity, e->cgroup_id, e->path);
    else
        identity_cgroup_remove(ctx->identity, e->cgroup_id);
    return true;
}

bool process_take_record(struct collector_ctx *ctx, const void *bytes, size_t size)
{
    const struct event_header *h = bytes;
    if (size < sizeof *h || h->size != size)
        return false;
    switch (h->kind) {
    case PROCESS_FORK: return process_take_fork(ctx, bytes, size);
    case PROCESS_EXEC: return take_exec(ctx, bytes, size);
    case PROCESS_EXIT: return take_exit(ctx, bytes, size);
    case PROCESS_CGROUP_ADD:
    case PROCESS_CGROUP_REMOVE: return take_cgroup(ctx, bytes, size);
    default: return false;
    }
}
