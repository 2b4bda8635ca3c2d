/* The seven columns of a row's process: the hot path of every collector.
 *
 * A batch must own its strings, since it outlives the process and is read by other threads; but a busy process has many rows
 * in a batch. So a small direct-mapped cache remembers where the strings of (batch, process) are: a hit costs comparisons and
 * stores, no copies, and equal strings in a batch share one address. Strings of static lifetime would save the copy per batch
 * too, but a host that builds software makes new paths for ever, and such a table would have to forget or fill up. */
#include "identity/internal.h"

#include <string.h>

enum { AT_PID, AT_KEY, AT_COMM, AT_EXE, AT_UID, AT_USER, AT_CONTAINER }; /* the order of PROCESS_COLUMNS */

static bool entry_holds(const struct fill_entry *e, const struct identity *id, const struct batch *b, const struct process *p)
{
    return e->serial == b->serial && e->key == p->key && e->version == id->version && e->uid == p->uid && e->cgroup_id == p->cgroup_id &&
           !memcmp(e->comm, p->comm, sizeof e->comm) && e->exe_bytes.n == p->exe_length &&
           (!p->exe_length || !memcmp(e->exe_bytes.p, p->exe, p->exe_length));
}

static struct str copy(struct batch *b, const char *p, size_t n)
{
    return n ? batch_intern_name(b, p, n) : (struct str){NULL, 0};
}

/* The path as it is shown, and as the process tree has it: nearly always the same bytes. */
static void take_exe(struct fill_entry *e, struct batch *b, const struct process *p)
{
    size_t n = p->exe ? p->exe_length : 0;
    e->exe = copy(b, p->exe, n);
    e->exe_bytes = n && !text_is_name(p->exe, n) ? batch_intern(b, p->exe, n) : e->exe;
}

static void entry_make(struct fill_entry *e, struct identity *id, struct batch *b, const struct process *p)
{
    const char *user = identity_user(id, p->uid), *container = identity_container(id, p->cgroup_id); /* may look anew: version */
    *e = (struct fill_entry){.serial = b->serial, .key = p->key, .cgroup_id = p->cgroup_id, .uid = p->uid, .version = id->version};
    memcpy(e->comm, p->comm, sizeof e->comm);
    e->comm_text = copy(b, p->comm, strnlen(p->comm, sizeof p->comm));
    take_exe(e, b, p);
    e->user = copy(b, user, strlen(user));
    e->container = copy(b, container, strlen(container));
}

static inline void set_str(struct batch *b, size_t column, struct str s)
{
    if (s.p)
        batch_set_str(b, column, s);
}

void identity_fill(struct identity *id, struct batch *b, size_t first_column, const struct process *p, uint32_t pid, uint64_t start_ns)
{
    batch_set_u32(b, first_column + AT_PID, pid);
    if (!p) {
        if (start_ns)
            batch_set_u64(b, first_column + AT_KEY, identity_key(pid, start_ns));
        return;
    }
    struct fill_entry *e = &id->fill[(p->key ^ (uintptr_t)b >> 6) & (FILL_ENTRIES - 1)];
    if (!entry_holds(e, id, b, p))
        entry_make(e, id, b, p);
    batch_set_u64(b, first_column + AT_KEY, p->key);
    set_str(b, first_column + AT_COMM, e->comm_text);
    set_str(b, first_column + AT_EXE, e->exe);
    if (p->uid != UINT32_MAX)
        batch_set_u32(b, first_column + AT_UID, p->uid);
    set_str(b, first_column + AT_USER, e->user);
    set_str(b, first_column + AT_CONTAINER, e->container);
}

void identity_fill_named(struct identity *id, struct batch *b, size_t first_column, uint32_t pid, uint64_t start_ns, const char comm[16])
{
    const struct process *p = identity_find(id, pid, start_ns);
    identity_fill(id, b, first_column, p, pid, start_ns);
    if (!p && comm[0])
        batch_set_text(b, first_column + AT_COMM, comm, strnlen(comm, 16));
}
