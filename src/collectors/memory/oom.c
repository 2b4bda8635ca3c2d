/* Records of kills into rows of oom_kills. */
#include "base/clock.h"
#include "collectors/memory/memory.h"
#include "collectors/memory/memory.wire.h"
#include "collectors/memory/rows.h"
#include "collectors/sink.h"
#include "kernel/path.h"

#include <string.h>

/* NULL: not known. */
static const char *scope_word(uint32_t scope)
{
    static const char *const words[OOM_SCOPES] = {
        [OOM_SYSTEM] = "system", [OOM_CPUSET] = "cpuset", [OOM_MEMPOLICY] = "mempolicy", [OOM_CGROUP] = "cgroup"};
    return scope < OOM_SCOPES ? words[scope] : NULL;
}

static void set_cgroup(struct batch *b, const struct oom_record *e)
{
    struct text path = {0};
    if (!e->path_size)
        return;
    path_assemble(e->path, e->path_size, &path);
    if (path.length)
        batch_set_text(b, OOM_KILL_CGROUP, path.bytes, path.length);
    text_free(&path);
    uint64_t unlimited = (uint64_t)INT64_MAX / memory_bytes_of(1); /* PAGE_COUNTER_MAX */
    if (e->limit_pages < unlimited)
        batch_set_u64(b, OOM_KILL_LIMIT, memory_bytes_of(e->limit_pages));
    batch_set_u64(b, OOM_KILL_USAGE, memory_bytes_of(e->usage_pages));
}

/* An old kernel's tracepoint tells the pid alone: then it is who has it now. */
static void set_victim(struct batch *b, struct identity *id, const struct oom_record *e)
{
    if (e->h.start_ns) {
        identity_fill_named(id, b, OOM_KILL_PID, e->h.pid, e->h.start_ns, e->comm);
        return;
    }
    const struct process *p = identity_newest(id, e->h.pid);
    identity_fill(id, b, OOM_KILL_PID, p, e->h.pid, p ? p->start_ns : 0);
}

static void set_trigger(struct batch *b, const struct oom_record *e)
{
    batch_set_u32(b, OOM_KILL_TRIGGER_PID, e->trigger_pid);
    batch_set_u64(b, OOM_KILL_TRIGGER_KEY, identity_key(e->trigger_pid, e->trigger_start_ns));
    batch_set_text(b, OOM_KILL_TRIGGER_COMM, e->trigger_comm, strnlen(e->trigger_comm, sizeof e->trigger_comm));
}

static bool is_whole(const struct oom_record *e, size_t size)
{
    size_t fixed = offsetof(struct oom_record, path);
    return size >= fixed && e->h.kind == MEMORY_OOM && e->h.size == size && e->path_size <= size - fixed;
}

bool memory_take_record(struct collector_ctx *ctx, const void *bytes, size_t size)
{
    const struct oom_record *e = bytes;
    if (!is_whole(e, size))
        return false;
    struct batch *b = sink_row(ctx->sink, &table_oom_kills);
    if (!b)
        return true;
    batch_set_time(b, OOM_KILL_TIME, clock_boot_to_utc((int64_t)e->h.boot_ns));
    set_victim(b, ctx->identity, e);
    const char *scope = scope_word(e->scope);
    if (scope)
        batch_set_static(b, OOM_KILL_SCOPE, scope);
    set_cgroup(b, e);
    if (e->h.start_ns)
        batch_set_i32(b, OOM_KILL_SCORE_ADJ, e->score_adj);
    if (e->sized)
        memory_set_sizes(b, OOM_KILL_RSS, &e->sizes);
    set_trigger(b, e);
    return true;
}
