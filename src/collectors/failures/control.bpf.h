/* The worker's word to the programs, and what system calls are asked about everywhere. */
#pragma once
#include "bpf/kernel.h"
#include "collectors/failures/failures.wire.h"

enum { TASK_COMPAT = 2, TASK_KERNEL_THREAD = 0x200000 };

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, 1);
    __type(key, __u32);
    __type(value, struct failures_control);
} control SEC(".maps");

static __always_inline struct failures_control *control_get(void)
{
    __u32 zero = 0;
    return bpf_map_lookup_elem(&control, &zero);
}

/* In a 32-bit system call, whose numbers are others. */
static __always_inline bool task_is_compat(struct task_struct *task)
{
    return BPF_CORE_READ(task, thread_info.status) & TASK_COMPAT;
}
