/* What changes the host or what a process may do: credentials, namespaces, modules, root directory, host name, swap, clock.
 *
 * Before and after of credentials are exact where commit_creds can be watched. Elsewhere, and for namespaces everywhere, a system
 * call is seen when it has returned: what was before is then what the task had at its fork or its last change, kept with the task. */
#pragma once
#include "bpf/ring.h"
#include "bpf/tally.h"
#include "bpf/task.h"
#include "collectors/failures/calls.h"
#include "collectors/failures/states.bpf.h"

TALLY(state_changes, struct change_key, struct change_value, 2048);

/* Too large for the stack of the deepest calls. Programs at system calls are not preempted. */
struct compare_scratch {
    struct task_state before, now;
};

struct {
    __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
    __uint(max_entries, 1);
    __type(key, __u32);
    __type(value, struct compare_scratch);
} compare_scratch SEC(".maps");

/* --- telling ------------------------------------------------------------------------------------------------------ */

/* Leaves in the state only what the kind is about, so that equal changes have equal keys. */
static __always_inline void state_strip(struct task_state *s, __u32 kind)
{
    if (kind == CHANGE_CREDENTIALS)
        __builtin_memset(&s->namespaces[NS_USER + 1], 0, sizeof s->namespaces - sizeof s->namespaces[0]);
    else
        __builtin_memset(s, 0, offsetof(struct task_state, namespaces));
}

/* The number of the system call that the task is in; a user mode helper that the kernel starts is in none. */
static __always_inline __u16 task_call(struct task_struct *task)
{
    struct pt_regs *regs = (void *)bpf_task_pt_regs(task);
    __u64 number = regs->orig_ax;
    if (!number || number >= FAILURES_CALLS || (BPF_CORE_READ(task, flags) & TASK_KERNEL_THREAD))
        return CHANGE_NO_CALL;
    return number | (task_is_compat(task) ? FAILURE_COMPAT : 0);
}

static __noinline int change_tell(struct task_struct *task, __u32 kind, __u32 call, const struct task_state *before,
                                  const struct task_state *after)
{
    struct failures_state e = {};
    task_header(&e.h, FAILURES_STATE, task);
    e.h.size = sizeof e;
    e.key.start_ns = e.h.start_ns;
    e.key.pid = e.h.pid;
    e.key.kind = kind;
    e.key.call = call;
    e.key.before = *before;
    e.key.after = *after;
    state_strip(&e.key.before, kind);
    state_strip(&e.key.after, kind);
    BPF_CORE_READ_STR_INTO(&e.value.comm, task, group_leader, comm);
    struct change_value *v = TALLY_FIND(state_changes, &e.key);
    if (v) {
        __sync_fetch_and_add(&v->count, 1);
        return 0;
    }
    static const struct change_value nothing;
    v = TALLY_NEW(state_changes, &e.key, &nothing);
    if (v) /* as with signals: a full map costs thrift, not events */
        __builtin_memcpy(v->comm, e.value.comm, sizeof v->comm);
    e.value.count = 1;
    ring_send(&e, sizeof e);
    return 0;
}

/* --- when --------------------------------------------------------------------------------------------------------- */

/* A process was made. Threads share what their leader has. */
static __always_inline int on_fork(struct task_struct *parent, struct task_struct *child)
{
    struct task_state now = {};
    bool apart = child->nsproxy != parent->nsproxy || child->cred->user_ns != parent->cred->user_ns;
    if (child->pid != child->tgid && !apart)
        return 0;
    state_take(&now, child);
    snapshot_start(child, &now);
    if (apart) {
        struct task_state before = {};
        state_take(&before, parent);
        change_tell(child, CHANGE_NAMESPACES, task_call(bpf_get_current_task_btf()), &before, &now);
    }
    return 0;
}

/* commit_creds is about to be run. */
static __always_inline int on_commit(const struct cred *fresh, bool direct)
{
    struct task_struct *task = bpf_get_current_task_btf();
    struct task_state before = {}, after = {};
    state_take_credentials(&before, task->cred, true);
    state_take_credentials(&after, fresh, direct);
    if (credentials_differ(&before, &after))
        change_tell(task, CHANGE_CREDENTIALS, task_call(task), &before, &after);
    return 0;
}

/* A system call that may have changed what the task may do or see has worked. */
static __noinline int state_compare(__u32 with_credentials)
{
    struct task_struct *task = bpf_get_current_task_btf();
    __u32 zero = 0;
    struct compare_scratch *s = bpf_map_lookup_elem(&compare_scratch, &zero);
    if (!s)
        return 0;
    const struct task_state *known = snapshot_get(task);
    s->before.namespaces[NS_USER] = 0;
    if (known)
        s->before = *known;
    state_take(&s->now, task);
    if (!states_differ(&s->before, &s->now))
        return 0;
    struct task_state *kept = bpf_task_storage_get(&snapshots, task, &s->now, BPF_LOCAL_STORAGE_GET_F_CREATE);
    if (!kept) {
        count_missed(MISSED_SNAPSHOT);
        return 0;
    }
    *kept = s->now;
    if (!known)
        return 0;
    __u32 call = task_call(task);
    if (with_credentials && credentials_differ(&s->before, &s->now))
        change_tell(task, CHANGE_CREDENTIALS, call, &s->before, &s->now);
    if (namespaces_differ(&s->before, &s->now))
        change_tell(task, CHANGE_NAMESPACES, call, &s->before, &s->now);
    return 0;
}

/* --- acts --------------------------------------------------------------------------------------------------------- */

static __always_inline void act_start(struct failures_act *e, struct task_struct *task, __u32 kind)
{
    task_header(&e->h, FAILURES_ACT, task);
    e->h.size = sizeof *e;
    e->kind = kind;
    e->call = task_call(task);
    BPF_CORE_READ_STR_INTO(&e->comm, task, group_leader, comm);
}

static __always_inline const void *call_argument(const struct pt_regs *regs, __u8 index)
{
    return (const void *)(index == 0 ? regs->di : regs->si);
}

static __always_inline void act_take_text(struct failures_act *e, struct task_struct *task, __u8 text)
{
    struct pt_regs *regs = (void *)bpf_task_pt_regs(task);
    struct uts_namespace *uts = BPF_CORE_READ(task, nsproxy, uts_ns);
    long n = 0;
    if (text == TEXT_HOSTNAME)
        n = bpf_core_read_str(e->text, sizeof e->text, &uts->name.nodename);
    else if (text & TEXT_TIME)
        n = bpf_probe_read_user(e->text, 16, call_argument(regs, text & 7)) ? 0 : 16;
    else if (text != TEXT_NONE)
        n = bpf_probe_read_user_str(e->text, sizeof e->text, call_argument(regs, text));
    e->text_size = n > 0 ? n : 0;
}

static __noinline int act_tell(__u32 kind, __u32 text)
{
    struct task_struct *task = bpf_get_current_task_btf();
    struct failures_act e = {};
    act_start(&e, task, kind);
    act_take_text(&e, task, text);
    ring_send(&e, sizeof e);
    return 0;
}

/* The tracepoints know the module's name, which the system call may not have. */
static __always_inline int on_module(__u32 kind, const char *name)
{
    struct failures_act e = {};
    act_start(&e, bpf_get_current_task_btf(), kind);
    long n = bpf_probe_read_kernel_str(e.text, sizeof e.text, name);
    e.text_size = n > 0 ? n : 0;
    ring_send(&e, sizeof e);
    return 0;
}

/* A system call of the table has worked. */
static __noinline int on_success(__u32 index)
{
    if (index >= CHANGE_CALL_COUNT || task_is_compat(bpf_get_current_task_btf()))
        return 0;
    const struct change_call *call = &change_calls[index];
    struct failures_control *c = control_get();
    if (call->role == ROLE_CREDENTIALS || call->role == ROLE_NAMESPACES)
        return state_compare(c && c->credentials_by_calls);
    return act_tell(call->kind, call->text);
}
