/* Facts about a task, read the same way from every kind of program. */
#pragma once
#include "bpf/event.h"
#include "bpf/kernel.h"

static __always_inline struct task_struct *task_current(void)
{
    return (struct task_struct *)bpf_get_current_task();
}

static __always_inline __u64 task_start_ns(struct task_struct *task)
{
    return BPF_CORE_READ(task, group_leader, start_boottime);
}

static __always_inline __u64 task_cgroup_id(struct task_struct *task)
{
    return BPF_CORE_READ(task, cgroups, dfl_cgrp, kn, id);
}

/* Fills the head of a record about `task`. The size is set by the sender. */
static __always_inline void task_header(struct event_header *h, __u32 kind, struct task_struct *task)
{
    h->kind = kind;
    h->boot_ns = bpf_ktime_get_boot_ns();
    h->start_ns = task_start_ns(task);
    h->pid = BPF_CORE_READ(task, tgid);
    h->tid = BPF_CORE_READ(task, pid);
}
