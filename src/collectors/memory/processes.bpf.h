// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Page faults and sizes of processes. The kernel counts each thread's faults itself; a walk over all threads once a second takes
 * the difference to the walk before, and a thread's end takes the rest, so that a fault costs nothing. */
#pragma once
#include "bpf/kernel.h"
#include "bpf/missed.h"
#include "bpf/tally.h"
#include "collectors/memory/memory.wire.h"
#include "collectors/memory/sizes.bpf.h"

enum { TASK_EXITING = 0x4, TASK_KERNEL = 0x200000 }; /* PF_EXITING, PF_KTHREAD */
enum { NOTICE_PAGES = 256 };                         /* a row also tells that a process without faults is so much larger or smaller */
enum { SIZE_FRESH_NS = 10000000 };                   /* its threads are met in one walk: its size is read once */

/* Threads that are older were there before the agent (boot clock): their faults so far are not news. */
const volatile __u64 attached_ns = 0;

TALLY(processes, struct memory_key, struct memory_value, 32768);
static const struct memory_value no_faults;

struct task_seen { /* a thread's counters when it was last looked at */
    __u64 minor, major;
    __s64 pages; /* size of the process at its last row; kept with its first thread */
};

struct {
    __uint(type, BPF_MAP_TYPE_TASK_STORAGE);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __type(key, int);
    __type(value, struct task_seen);
} seen SEC(".maps");

static __noinline struct memory_value *process_value(struct task_struct *leader)
{
    struct memory_key key = {.start_ns = leader->start_boottime, .pid = leader->tgid, .cpu = bpf_get_smp_processor_id()};
    struct memory_value *v = TALLY_FIND(processes, &key);
    if (v)
        return v;
    v = TALLY_NEW(processes, &key, &no_faults);
    if (v)
        bpf_probe_read_kernel(v->comm, sizeof v->comm, leader->comm);
    else
        count_missed(MISSED_PROCESSES_FULL);
    return v;
}

static __noinline int add_faults(struct task_struct *task, __u64 minor, __u64 major, __u32 marks)
{
    struct task_struct *leader = task->group_leader;
    struct memory_value *v = process_value(leader);
    if (!v)
        return 0;
    v->minor += minor;
    v->major += major;
    v->marks |= marks;
    __u64 now = bpf_ktime_get_ns();
    if (v->marks & MEMORY_ENDED || now - v->sized_ns < SIZE_FRESH_NS)
        return 0;
    struct mm_struct *mm = BPF_CORE_READ(task, mm);
    if (!mm) /* a thread at its end */
        mm = BPF_CORE_READ(leader, mm);
    if (mm) {
        read_sizes(mm, &v->sizes);
        v->sized_ns = now;
    }
    return 0;
}

/* What a counter gained since it was last looked at. Walk and exit may meet at a thread; neither counts anything twice. */
static __always_inline __u64 gain(__u64 *last, __u64 now)
{
    __u64 before = __sync_lock_test_and_set(last, now);
    return now > before ? now - before : 0;
}

static __always_inline bool has_new_size(struct task_seen *s, struct mm_struct *mm)
{
    __s64 pages = mm_pages_near(mm, MM_FILE_PAGES) + mm_pages_near(mm, MM_ANON_PAGES) + mm_pages_near(mm, MM_SHMEM_PAGES);
    __s64 change = pages - s->pages;
    if (change > -NOTICE_PAGES && change < NOTICE_PAGES)
        return false;
    s->pages = pages;
    return true;
}

SEC("iter/task")
int walk_tasks(struct bpf_iter__task *ctx)
{
    struct task_struct *task = ctx->task;
    if (!task || task->flags & (TASK_EXITING | TASK_KERNEL))
        return 0;
    struct task_seen *s = bpf_task_storage_get(&seen, task, 0, 0);
    bool found = false;
    if (!s) {
        s = bpf_task_storage_get(&seen, task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
        if (!s) {
            count_missed(MISSED_TASK);
            return 0;
        }
        found = task->start_boottime < attached_ns;
        if (found) {
            s->minor = task->min_flt;
            s->major = task->maj_flt;
        }
    }
    bool leads = task->pid == task->tgid;
    __u64 minor = gain(&s->minor, task->min_flt), major = gain(&s->major, task->maj_flt);
    bool news = (minor | major) != 0 || (leads && found);
    if (leads && task->mm && has_new_size(s, task->mm))
        news = true;
    if (news)
        add_faults(task, minor, major, leads && found ? MEMORY_FOUND : 0);
    return 0;
}

static __always_inline int on_thread_end(void)
{
    struct task_struct *task = bpf_get_current_task_btf();
    if (task->flags & TASK_KERNEL)
        return 0;
    struct task_seen *s = bpf_task_storage_get(&seen, task, 0, 0);
    if (!s && task->start_boottime < attached_ns)
        return 0;
    __u64 minor = task->min_flt, major = task->maj_flt;
    if (s) {
        minor = gain(&s->minor, minor);
        major = gain(&s->major, major);
    }
    __u32 marks = task->signal->live.counter ? 0 : MEMORY_ENDED;
    if (minor | major | marks)
        add_faults(task, minor, major, marks);
    return 0;
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(end_tp_btf)
{
    return on_thread_end();
}

SEC("raw_tp/sched_process_exit")
int end_raw_tp(void *ctx)
{
    return on_thread_end();
}

SEC("tracepoint/sched/sched_process_exit")
int end_tracepoint(void *ctx)
{
    return on_thread_end();
}
