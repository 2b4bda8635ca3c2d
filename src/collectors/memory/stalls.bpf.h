// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Stalls: a process that wants memory has to free some, or to move pages together, before it gets it. */
#pragma once
#include "bpf/histogram.h"
#include "bpf/kernel.h"
#include "bpf/missed.h"
#include "bpf/tally.h"
#include "collectors/memory/memory.wire.h"
#include "collectors/memory/processes.bpf.h"

TALLY(stalls, struct stall_key, struct stall_value, 8192);
static const struct stall_value no_stalls;

struct task_stall { /* since when the thread is in a stall of each kind, 0: it is not */
    __u64 since_ns[STALL_COUNT];
};

struct {
    __uint(type, BPF_MAP_TYPE_TASK_STORAGE);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __type(key, int);
    __type(value, struct task_stall);
} stalled SEC(".maps");

static __always_inline int on_stall(enum memory_stall stall)
{
    struct task_struct *task = bpf_get_current_task_btf();
    if (stall == STALL_COMPACTION && task->flags & TASK_KERNEL)
        return 0; /* kcompactd: nobody waits for it */
    struct task_stall *s = bpf_task_storage_get(&stalled, task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
    if (s)
        s->since_ns[stall] = bpf_ktime_get_ns();
    else
        count_missed(MISSED_STALL);
    return 0;
}

static __noinline struct stall_value *stall_value_of(enum memory_stall stall)
{
    struct task_struct *leader = bpf_get_current_task_btf()->group_leader;
    struct stall_key key = {
        .start_ns = leader->start_boottime, .pid = leader->tgid, .stall = stall, .zero = 0, .cpu = bpf_get_smp_processor_id()};
    struct stall_value *v = TALLY_FIND(stalls, &key);
    if (v)
        return v;
    v = TALLY_NEW(stalls, &key, &no_stalls);
    if (v)
        bpf_probe_read_kernel(v->comm, sizeof v->comm, leader->comm);
    else
        count_missed(MISSED_STALLS_FULL);
    return v;
}

static __always_inline int on_stall_end(enum memory_stall stall, __u64 reclaimed_pages)
{
    struct task_stall *s = bpf_task_storage_get(&stalled, bpf_get_current_task_btf(), 0, 0);
    if (!s || !s->since_ns[stall])
        return 0;
    __u64 ns = bpf_ktime_get_ns() - s->since_ns[stall];
    s->since_ns[stall] = 0;
    struct stall_value *v = stall_value_of(stall);
    if (!v)
        return 0;
    v->stalls++;
    v->total_ns += ns;
    if (ns > v->max_ns)
        v->max_ns = ns;
    v->reclaimed_pages += reclaimed_pages;
    histogram_add(&v->duration, ns);
    return 0;
}

struct reclaim_end_tracepoint { /* events/vmscan/mm_vmscan_*_reclaim_end/format: the common head, then this */
    __u64 common;
    __u64 reclaimed_pages;
};

/* The three ways to see the beginning and the end of one kind of stall. */
#define STALL_BEGIN(name, group, event, stall)                                                                                             \
    SEC("tp_btf/" event) int BPF_PROG(name##_begin_tp_btf)                                                                                 \
    {                                                                                                                                      \
        return on_stall(stall);                                                                                                            \
    }                                                                                                                                      \
    SEC("raw_tp/" event) int name##_begin_raw_tp(void *ctx)                                                                                \
    {                                                                                                                                      \
        return on_stall(stall);                                                                                                            \
    }                                                                                                                                      \
    SEC("tracepoint/" group "/" event) int name##_begin_tracepoint(void *ctx)                                                              \
    {                                                                                                                                      \
        return on_stall(stall);                                                                                                            \
    }

#define RECLAIM_END(name, event, stall)                                                                                                    \
    SEC("tp_btf/" event) int BPF_PROG(name##_end_tp_btf, unsigned long reclaimed_pages)                                                    \
    {                                                                                                                                      \
        return on_stall_end(stall, reclaimed_pages);                                                                                       \
    }                                                                                                                                      \
    SEC("raw_tp/" event) int name##_end_raw_tp(struct bpf_raw_tracepoint_args *ctx)                                                        \
    {                                                                                                                                      \
        return on_stall_end(stall, ctx->args[0]);                                                                                          \
    }                                                                                                                                      \
    SEC("tracepoint/vmscan/" event) int name##_end_tracepoint(struct reclaim_end_tracepoint *ctx)                                          \
    {                                                                                                                                      \
        return on_stall_end(stall, ctx->reclaimed_pages);                                                                                  \
    }

STALL_BEGIN(direct, "vmscan", "mm_vmscan_direct_reclaim_begin", STALL_DIRECT)
RECLAIM_END(direct, "mm_vmscan_direct_reclaim_end", STALL_DIRECT)
STALL_BEGIN(cgroup, "vmscan", "mm_vmscan_memcg_reclaim_begin", STALL_CGROUP)
RECLAIM_END(cgroup, "mm_vmscan_memcg_reclaim_end", STALL_CGROUP)
STALL_BEGIN(compaction, "compaction", "mm_compaction_begin", STALL_COMPACTION)

SEC("tp_btf/mm_compaction_end")
int BPF_PROG(compaction_end_tp_btf)
{
    return on_stall_end(STALL_COMPACTION, 0);
}

SEC("raw_tp/mm_compaction_end")
int compaction_end_raw_tp(void *ctx)
{
    return on_stall_end(STALL_COMPACTION, 0);
}

SEC("tracepoint/compaction/mm_compaction_end")
int compaction_end_tracepoint(void *ctx)
{
    return on_stall_end(STALL_COMPACTION, 0);
}
