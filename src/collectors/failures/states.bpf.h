/* What a task may do and see, and what processes were known to have: kernels without a hook at commit_creds, and those of all kinds for
 * namespaces, show a change when it has been made. What was before is then the state at the fork or the last change. */
#pragma once
#include "bpf/kernel.h"
#include "bpf/missed.h"
#include "collectors/failures/control.bpf.h"

/* Direct reads cost a tenth of probe reads, but only pointers of a known type allow them: not the argument of a kprobe. */
#define STATE_ID(cred, id, direct) ((direct) ? (cred)->id.val : BPF_CORE_READ(cred, id.val))

static __always_inline void state_take_credentials(struct task_state *s, const struct cred *cred, bool direct)
{
    s->uid = STATE_ID(cred, uid, direct);
    s->euid = STATE_ID(cred, euid, direct);
    s->suid = STATE_ID(cred, suid, direct);
    s->fsuid = STATE_ID(cred, fsuid, direct);
    s->gid = STATE_ID(cred, gid, direct);
    s->egid = STATE_ID(cred, egid, direct);
    s->sgid = STATE_ID(cred, sgid, direct);
    s->fsgid = STATE_ID(cred, fsgid, direct);
    bpf_core_read(&s->permitted, sizeof s->permitted, &cred->cap_permitted);
    bpf_core_read(&s->effective, sizeof s->effective, &cred->cap_effective);
    s->namespaces[NS_USER] = direct ? cred->user_ns->ns.inum : BPF_CORE_READ(cred, user_ns, ns.inum);
}

/* A kernel may be built without some of them. */
#define STATE_NAMESPACE(proxy, field, type) (bpf_core_field_exists(struct type, ns) ? (proxy)->field->ns.inum : 0)

static __always_inline void state_take(struct task_state *s, struct task_struct *task)
{
    state_take_credentials(s, task->cred, true);
    struct nsproxy *proxy = task->nsproxy; /* NULL while a task ends: reads as zeros */
    s->namespaces[NS_MNT] = STATE_NAMESPACE(proxy, mnt_ns, mnt_namespace);
    s->namespaces[NS_PID] = STATE_NAMESPACE(proxy, pid_ns_for_children, pid_namespace);
    s->namespaces[NS_NET] = STATE_NAMESPACE(proxy, net_ns, net);
    s->namespaces[NS_UTS] = STATE_NAMESPACE(proxy, uts_ns, uts_namespace);
    s->namespaces[NS_IPC] = STATE_NAMESPACE(proxy, ipc_ns, ipc_namespace);
    s->namespaces[NS_CGROUP] = STATE_NAMESPACE(proxy, cgroup_ns, cgroup_namespace);
    s->namespaces[NS_TIME] = STATE_NAMESPACE(proxy, time_ns_for_children, time_namespace);
}

static __always_inline bool credentials_differ(const struct task_state *a, const struct task_state *b)
{
    return a->uid != b->uid || a->euid != b->euid || a->suid != b->suid || a->fsuid != b->fsuid || a->gid != b->gid || a->egid != b->egid ||
           a->sgid != b->sgid || a->fsgid != b->fsgid || a->permitted != b->permitted || a->effective != b->effective;
}

static __always_inline bool namespaces_differ(const struct task_state *a, const struct task_state *b)
{
    for (int i = 0; i < NS_COUNT; i++)
        if (a->namespaces[i] != b->namespaces[i])
            return true;
    return false;
}

static __always_inline bool states_differ(const struct task_state *a, const struct task_state *b)
{
    return credentials_differ(a, b) || namespaces_differ(a, b);
}

/* --- what processes were known to have ---------------------------------------------------------------------------- */

struct {
    __uint(type, BPF_MAP_TYPE_TASK_STORAGE);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __type(key, int);
    __type(value, struct task_state);
} snapshots SEC(".maps");

/* What most processes of a host may do and see: those without a snapshot have this. It is that of the first process which the scan at
 * start comes to, as a rule init's, and stays. Keeping a snapshot costs a fork 600 ns, comparing with this 30. */
struct common_state {
    struct task_state state;
    __u32 ready;
};

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, 1);
    __type(key, __u32);
    __type(value, struct common_state);
} common_state SEC(".maps");

static __always_inline struct common_state *common_get(void)
{
    __u32 zero = 0;
    return bpf_map_lookup_elem(&common_state, &zero);
}

/* Remembers what a process starts with. */
static __always_inline void snapshot_start(struct task_struct *task, struct task_state *now)
{
    const struct common_state *common = common_get();
    if (common && common->ready && !states_differ(&common->state, now))
        return;
    if (!bpf_task_storage_get(&snapshots, task, now, BPF_LOCAL_STORAGE_GET_F_CREATE))
        count_missed(MISSED_SNAPSHOT);
}

/* What the current task was known to have; NULL before the scan. Threads share what their leader started with. */
static __always_inline const struct task_state *snapshot_get(struct task_struct *task)
{
    const struct task_state *kept = bpf_task_storage_get(&snapshots, task, 0, 0);
    if (!kept)
        kept = bpf_task_storage_get(&snapshots, task->group_leader, 0, 0);
    if (kept)
        return kept;
    const struct common_state *common = common_get();
    return common && common->ready ? &common->state : NULL;
}
