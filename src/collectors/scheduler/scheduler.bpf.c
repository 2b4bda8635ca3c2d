// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* How long threads had a CPU, waited for one, or were blocked, by process and by CPU.
 *
 * One program at one tracepoint: when a thread leaves its CPU, its stay there and what came before it are counted together.
 *
 *     left        (woken)       arrived         now: sched_switch
 *       |- blocked -|- run queue -|--- on CPU ---|
 *
 * `left` and why was noted at the thread's last departure, `arrived` by the CPU. How much of the time between was spent on the run queue
 * is what the kernel added to sched_info.run_delay meanwhile (the figure of /proc/PID/schedstat): no program at wake-ups is needed.
 * The kernel notes the arrival too (last_arrival), but not that of a thread that was preempted just when it wanted to sleep; ours is wrong
 * after a switch that was not seen (a sandbox may hide processes from all tracing): the later one is right.
 * Likewise the kernel's counters say whether the thread gave the CPU up (nvcsw) and how often it was moved (se.nr_migrations). The time is
 * that which the scheduler took for this switch: reading a clock would cost 30 ns more.
 *
 * Measured on Linux 6.18, two cores, a byte handed to and fro through pipes on one CPU, 920 ns a switch bare, by tp_btf: +50 ns a switch,
 * of which an empty program takes 17 (bpftrace's count by name: +130 to 180). By raw_tp 30 ns more. Where 120 processes crowd the caches,
 * 1,920 ns bare, about +200. */
#include "bpf/histogram.h"
#include "bpf/kernel.h"
#include "bpf/missed.h"
#include "bpf/tally.h"
#include "collectors/scheduler/scheduler.wire.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

enum { /* bits of a task's state, include/linux/sched.h */
       STATE_INTERRUPTIBLE = 1,
       STATE_UNINTERRUPTIBLE = 2,
       STATE_STOPPED = 4 | 8, /* by a signal; by a debugger */
       STATE_DEAD = 0x80,
       STATE_NOLOAD = 0x400,       /* with UNINTERRUPTIBLE: a kernel thread that waits for work */
       STATE_RTLOCK_WAIT = 0x1000, /* a spin lock that sleeps, on real-time kernels */
       STATE_FROZEN = 0x8000,
};

struct thread { /* as it was when it left its CPU */
    __u64 left_ns, run_delay_ns, migrations, voluntary;
    __u32 cpu;
    __u32 left; /* enum scheduler_left */
};

/* By address of the task, which stays the same when another thread than the first replaces the program, and so gets another id. Not in
 * task storage: it would save 4 ns, but before Linux 6.4 it is allocated in a way that may want to wake a thread, and here a run queue
 * is locked. */
struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __uint(max_entries, 131072);
    __type(key, __u64);
    __type(value, struct thread);
} threads SEC(".maps");

struct { /* its size is set at load */
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(map_flags, BPF_F_MMAPABLE);
    __uint(max_entries, 1);
    __type(key, __u32);
    __type(value, struct scheduler_cpu);
} cpus SEC(".maps");

TALLY(processes, struct scheduler_key, struct scheduler_value, 32768);

static const struct scheduler_value nothing;
static const struct thread new_thread;

struct stay { /* on a CPU; it ends now */
    struct scheduler_cpu *cpu;
    __u64 arrived_ns, now;
    __u64 since;  /* taken account of up to then, or since the CPU's last switch */
    __u32 number; /* of the CPU */
    __u32 state;  /* of the task, as the scheduler found it */
};

static __always_inline __u64 span(__u64 from, __u64 to)
{
    return to > from ? to - from : 0; /* clocks of two CPUs may differ a little */
}

static __always_inline __u64 later(__u64 a, __u64 b)
{
    return a > b ? a : b;
}

static __always_inline void raise(__u64 *max, __u64 ns)
{
    if (ns > *max)
        *max = ns;
}

static __always_inline __u64 clock_ns(struct task_struct *task)
{
    if (bpf_core_field_exists(task->se.cfs_rq) && bpf_core_field_exists(struct cfs_rq, rq))
        return task->se.cfs_rq->rq->clock;
    return bpf_ktime_get_ns();
}

static __always_inline __u32 left_as(struct task_struct *task, __u32 state)
{
    if (state & (STATE_STOPPED | STATE_FROZEN))
        return LEFT_STOPPED;
    if (!(state & (STATE_UNINTERRUPTIBLE | STATE_RTLOCK_WAIT)) || state & STATE_NOLOAD)
        return LEFT_SLEEP;
    return BPF_CORE_READ_BITFIELD(task, in_iowait) ? LEFT_IO : LEFT_UNINTERRUPTIBLE;
}

/* --- maps --------------------------------------------------------------------------------------------------------- */

static __always_inline struct thread *find_thread(const __u64 *key)
{
    struct thread *t = bpf_map_lookup_elem(&threads, key);
    if (t)
        return t;
    bpf_map_update_elem(&threads, key, &new_thread, BPF_NOEXIST);
    t = bpf_map_lookup_elem(&threads, key);
    if (!t)
        count_missed(MISSED_THREAD);
    return t;
}

static __always_inline struct scheduler_value *find_value(struct task_struct *task, __u32 cpu)
{
    struct task_struct *leader = task->group_leader;
    struct scheduler_key key = {.start_ns = leader->start_boottime, .pid = task->tgid, .cpu = cpu};
    struct scheduler_value *v = TALLY_FIND(processes, &key);
    if (v)
        return v;
    v = TALLY_NEW(processes, &key, &nothing);
    if (v)
        bpf_probe_read_kernel(v->comm, sizeof v->comm, leader->comm);
    else
        count_missed(MISSED_PROCESS);
    return v;
}

/* --- counting ----------------------------------------------------------------------------------------------------- */

static __always_inline void count_on_cpu(struct scheduler_value *v, const struct stay *s)
{
    __u64 ns = span(s->arrived_ns, s->now);
    v->on_cpu_ns += span(later(s->arrived_ns, s->since), s->now);
    raise(&v->on_cpu_max_ns, ns);
    histogram_add(&v->on_cpu, ns);
}

static __always_inline void count_run_queue(struct scheduler_value *v, struct scheduler_cpu *cpu, __u64 ns)
{
    v->run_queue_ns += ns;
    cpu->run_queue_ns += ns;
    raise(&v->run_queue_max_ns, ns);
    raise(&cpu->run_queue_max_ns, ns);
    histogram_add(&v->run_queue, ns);
    histogram_add(&cpu->run_queue, ns);
}

static __always_inline void count_off_cpu(struct scheduler_value *v, __u32 left, __u64 ns)
{
    if (left >= LEFT_BLOCKED)
        return;
    v->off_cpu_ns[left] += ns;
    raise(&v->off_cpu_max_ns[left], ns);
    histogram_add(&v->off_cpu, ns);
}

static __always_inline void count_move(struct scheduler_cpu *to, __u32 from_number)
{
    struct scheduler_cpu *from = bpf_map_lookup_elem(&cpus, &from_number);
    to->arrivals++;
    if (from)
        __sync_fetch_and_add(&from->departures, 1);
}

/* What the thread did between its last stay on a CPU and this one. The wait of a thread that was preempted just when it wanted to sleep
 * is not in run_delay: one that never left the run queue waited all the time. */
static __always_inline void count_absence(struct scheduler_value *v, const struct stay *s, const struct thread *t, __u64 run_delay_ns)
{
    __u64 away_ns = span(t->left_ns, s->arrived_ns), queued_ns = t->left == LEFT_RUNNABLE ? away_ns : run_delay_ns - t->run_delay_ns;
    count_run_queue(v, s->cpu, queued_ns);
    count_off_cpu(v, t->left, span(queued_ns, away_ns));
    if (t->cpu != s->number)
        count_move(s->cpu, t->cpu);
}

static __always_inline void end_stay(struct task_struct *task, const struct stay *s)
{
    __u64 key = (__u64)task;
    struct thread *t = find_thread(&key);
    struct scheduler_value *v = t ? find_value(task, s->number) : NULL;
    if (!v)
        return;
    __u64 voluntary = task->nvcsw, migrations = task->se.nr_migrations, run_delay_ns = task->sched_info.run_delay;
    count_on_cpu(v, s);
    if (t->left_ns) {
        count_absence(v, s, t, run_delay_ns);
        v->migrations += migrations - t->migrations;
    } else if (task->sched_info.pcount == 1) { /* a new thread's first stay; else it is older than this program */
        count_run_queue(v, s->cpu, run_delay_ns);
        v->migrations += migrations;
    }
    bool gave_up = t->left_ns ? voluntary != t->voluntary : s->state;
    if (gave_up) {
        v->voluntary++;
    } else {
        v->involuntary++;
        s->cpu->involuntary++;
    }
    if (s->state & STATE_DEAD) {
        bpf_map_delete_elem(&threads, &key);
        return;
    }
    t->left_ns = s->now;
    t->run_delay_ns = run_delay_ns;
    t->migrations = migrations;
    t->voluntary = voluntary;
    t->cpu = s->number;
    t->left = gave_up && s->state ? left_as(task, s->state) : LEFT_RUNNABLE;
}

static __always_inline int on_switch(__u32 state, const struct scheduler_running *next)
{
    struct task_struct *task = bpf_get_current_task_btf(); /* still the one that leaves */
    struct stay s = {.now = clock_ns(task), .number = bpf_get_smp_processor_id(), .state = state};
    struct scheduler_cpu *cpu = s.cpu = bpf_map_lookup_elem(&cpus, &s.number);
    if (!cpu)
        return 0;
    __u64 turn = ~cpu->since & 1;
    cpu->running[turn] = *next;
    s.since = __sync_lock_test_and_set(&cpu->since, s.now << 1 | turn) >> 1;
    s.arrived_ns = later(cpu->arrived_ns, task->sched_info.last_arrival);
    cpu->arrived_ns = s.now;
    cpu->switches++;
    if (!task->pid || !s.since) /* the idle task; the first switch that is seen here */
        return 0;
    cpu->busy_ns += span(s.since, s.now);
    end_stay(task, &s);
    return 0;
}

/* --- programs ----------------------------------------------------------------------------------------------------- */

SEC("tp_btf/sched_switch")
int BPF_PROG(switch_tp_btf, bool preempt, struct task_struct *prev, struct task_struct *next, unsigned int prev_state)
{
    struct scheduler_running r = {.start_ns = next->group_leader->start_boottime, .pid = next->tgid};
    return on_switch(prev_state, &r);
}

SEC("raw_tp/sched_switch")
int switch_raw_tp(struct bpf_raw_tracepoint_args *ctx)
{
    struct task_struct *next = (struct task_struct *)ctx->args[2];
    struct scheduler_running r = {.start_ns = BPF_CORE_READ(next, group_leader, start_boottime), .pid = BPF_CORE_READ(next, tgid)};
    return on_switch(ctx->args[3], &r);
}

/* The state as this tracepoint tells it (include/trace/events/sched.h): the first four bits are the same, then come 0x10 and 0x20 for the
 * dead, 0x40 and 0x80 for kernel threads that wait, 0x100 for the preempted. */
static __always_inline __u32 state_of_report(long report)
{
    if (report & 0x30)
        return STATE_DEAD;
    return report & 0xc0 ? STATE_INTERRUPTIBLE : report & 0xf;
}

/* The process of the thread that comes is not told: its time on the CPU is counted when it ends, not before. */
SEC("tracepoint/sched/sched_switch")
int switch_tracepoint(struct trace_event_raw_sched_switch *ctx)
{
    struct scheduler_running r = {.pid = ctx->next_pid};
    return on_switch(state_of_report(ctx->prev_state), &r);
}
