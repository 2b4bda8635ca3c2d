// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Kills for want of memory. The killer runs in the process whose wish could not be met: that is the current task. */
#pragma once
#include "bpf/ring.h"
#include "bpf/task.h"
#include "collectors/memory/memory.wire.h"
#include "collectors/memory/sizes.bpf.h"

enum { CGROUP_DEPTH = 32, SIGNAL_KILL = 9 };

/* What ran out, as oom_kill_process was told. The kernel kills under one lock: one at a time. */
struct {
    struct mem_cgroup *group;
    __u32 scope;
} want; /* not static: clang would split it, and its description would no longer fit */

struct victim_key {
    __u64 start_ns;
    __u32 pid;
    __u32 zero;
};

/* Processes that have their row: the kernel marks each thread that it meets on the way, and a group's victim twice. */
struct {
    __uint(type, BPF_MAP_TYPE_LRU_HASH);
    __uint(max_entries, 1024);
    __type(key, struct victim_key);
    __type(value, __u8);
} killed SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
    __uint(max_entries, 1);
    __type(key, __u32);
    __type(value, struct oom_record);
} oom_scratch SEC(".maps");

/* --- the cgroup --------------------------------------------------------------------------------------------------- */

static __always_inline struct kernfs_node *node_above(struct kernfs_node *node)
{
    struct kernfs_node___underscored *newer = (void *)node;
    if (bpf_core_field_exists(newer->__parent))
        return BPF_CORE_READ(newer, __parent);
    return BPF_CORE_READ(node, parent);
}

/* Names from the cgroup up to below the root of its hierarchy, then an empty one. */
static __always_inline __u32 put_group_path(struct oom_record *e, struct mem_cgroup *group)
{
    struct kernfs_node *node = BPF_CORE_READ(group, css.cgroup, kn);
    __u32 offset = 0;
    for (int i = 0; i < CGROUP_DEPTH && node && offset < OOM_PATH_LIMIT; i++) {
        struct kernfs_node *above = node_above(node);
        barrier_var(offset);
        char *at = e->path + (offset & (OOM_PATH_LIMIT - 1));
        if (!above) {
            *at = '\0';
            return offset + 1;
        }
        long n = bpf_probe_read_kernel_str(at, OOM_PATH_NAME, BPF_CORE_READ(node, name));
        if (n <= 0)
            return offset;
        offset += n & (2 * OOM_PATH_NAME - 1);
        node = above;
    }
    return offset;
}

static __always_inline struct mem_cgroup *group_of(struct cgroup_subsys_state *css)
{
    return (void *)css - bpf_core_field_offset(struct mem_cgroup, css);
}

/* The cgroup that ran out, where the kernel did not say it: while it kills for a cgroup, this one and all below it are locked.
 * NULL: none is. */
static __always_inline struct mem_cgroup *locked_group(struct task_struct *victim)
{
    void *slot = (void *)BPF_CORE_READ(victim, cgroups) + bpf_core_field_offset(struct css_set, subsys) +
                 sizeof(void *) * bpf_core_enum_value(enum cgroup_subsys_id, memory_cgrp_id);
    struct cgroup_subsys_state *css = NULL;
    struct mem_cgroup *locked = NULL;
    bpf_probe_read_kernel(&css, sizeof css, slot);
    for (int i = 0; i < CGROUP_DEPTH && css; i++) {
        struct mem_cgroup___v1 *group = (void *)group_of(css);
        if (BPF_CORE_READ(group, oom_lock))
            locked = (void *)group;
        css = BPF_CORE_READ(css, parent);
    }
    return locked;
}

static __always_inline void fill_group(struct oom_record *e, struct mem_cgroup *group)
{
    if (!group)
        return;
    e->limit_pages = BPF_CORE_READ(group, memory.max);
    e->usage_pages = BPF_CORE_READ(group, memory.usage.counter);
    e->path_size = put_group_path(e, group);
}

/* --- the record --------------------------------------------------------------------------------------------------- */

static __always_inline struct oom_record *new_record(void)
{
    __u32 zero = 0;
    struct oom_record *e = bpf_map_lookup_elem(&oom_scratch, &zero);
    if (!e)
        return NULL;
    __builtin_memset(e, 0, offsetof(struct oom_record, path));
    struct task_struct *leader = bpf_get_current_task_btf()->group_leader;
    e->trigger_pid = leader->tgid;
    e->trigger_start_ns = leader->start_boottime;
    bpf_probe_read_kernel(e->trigger_comm, sizeof e->trigger_comm, leader->comm);
    return e;
}

static __always_inline void send_record(struct oom_record *e)
{
    __u64 size = offsetof(struct oom_record, path) + e->path_size;
    barrier_var(size);
    if (size > sizeof *e)
        size = sizeof *e;
    e->h.size = size;
    ring_send(e, size);
}

static __always_inline bool has_row(const struct oom_record *e)
{
    struct victim_key key = {.start_ns = e->h.start_ns, .pid = e->h.pid};
    __u8 one = 1;
    return bpf_map_update_elem(&killed, &key, &one, BPF_NOEXIST) != 0;
}

static __always_inline void fill_victim(struct oom_record *e, struct task_struct *victim)
{
    task_header(&e->h, MEMORY_OOM, victim);
    BPF_CORE_READ_STR_INTO(&e->comm, victim, group_leader, comm);
    e->score_adj = BPF_CORE_READ(victim, signal, oom_score_adj);
    struct mm_struct *mm = BPF_CORE_READ(victim, mm);
    if (!mm)
        return;
    read_sizes(mm, &e->sizes);
    e->sized = 1;
}

/* --- seen in the killer ------------------------------------------------------------------------------------------- */

static __always_inline int on_choice(struct oom_control *control)
{
    want.group = BPF_CORE_READ(control, memcg);
    want.scope = BPF_CORE_READ(control, constraint);
    return 0;
}

static __always_inline int on_kill(struct task_struct *victim)
{
    if (!BPF_CORE_READ(victim, signal, live.counter))
        return 0; /* it is at its end already, and is not killed */
    struct oom_record *e = new_record();
    if (!e)
        return 0;
    fill_victim(e, victim);
    if (has_row(e))
        return 0;
    e->scope = want.scope;
    fill_group(e, want.group);
    send_record(e);
    return 0;
}

SEC("fentry/oom_kill_process")
int BPF_PROG(oom_choice_fentry, struct oom_control *control)
{
    return on_choice(control);
}

SEC("fentry/__oom_kill_process")
int BPF_PROG(oom_kill_fentry, struct task_struct *victim)
{
    return on_kill(victim);
}

SEC("kprobe/oom_kill_process")
int BPF_KPROBE(oom_choice_kprobe, struct oom_control *control)
{
    return on_choice(control);
}

SEC("kprobe/__oom_kill_process")
int BPF_KPROBE(oom_kill_kprobe, struct task_struct *victim)
{
    return on_kill(victim);
}

/* --- seen from its tracepoint ------------------------------------------------------------------------------------- */

/* The tracepoint also fires for processes that were ending by themselves, so that they get memory to do so. */
SEC("tp_btf/mark_victim")
int BPF_PROG(oom_tp_btf, struct task_struct *victim)
{
    if (victim->signal->group_exit_code != SIGNAL_KILL)
        return 0;
    struct oom_record *e = new_record();
    if (!e)
        return 0;
    fill_victim(e, victim);
    if (has_row(e))
        return 0;
    struct mem_cgroup___v1 *any = NULL;
    if (bpf_core_field_exists(any->oom_lock)) {
        struct mem_cgroup *group = locked_group(victim);
        e->scope = group ? OOM_CGROUP : OOM_SYSTEM;
        fill_group(e, group);
    } else {
        e->scope = OOM_UNKNOWN;
    }
    send_record(e);
    return 0;
}

struct mark_victim_tracepoint { /* events/oom/mark_victim/format: the common head, then this; newer kernels tell more */
    __u64 common;
    int pid;
};

SEC("tracepoint/oom/mark_victim")
int oom_tracepoint(struct mark_victim_tracepoint *ctx)
{
    struct oom_record *e = new_record();
    if (!e)
        return 0;
    e->h.kind = MEMORY_OOM;
    e->h.boot_ns = bpf_ktime_get_boot_ns();
    e->h.pid = e->h.tid = ctx->pid;
    e->scope = OOM_UNKNOWN;
    send_record(e);
    return 0;
}
