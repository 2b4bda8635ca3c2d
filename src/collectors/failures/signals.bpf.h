/* Signals as they are sent. The first of its kind in a second goes to the ring, at once and with its time; its repetitions are
 * counted, so that a flood is two rows a second. */
#pragma once
#include "bpf/ring.h"
#include "bpf/tally.h"
#include "bpf/task.h"
#include "collectors/failures/failures.wire.h"

/* Also what the kernel sends all day: SIGCHLD at the end of each child, timers. Summed up by receiver. */
const volatile bool routine_signals = false;

TALLY(signals, struct signal_key, struct signal_value, 8192);

enum { /* asm-generic/siginfo.h, asm/signal.h */
       CODE_USER = 0,
       CODE_KERNEL = 0x80,
       CODE_TIMER = -2,
       CODE_SIGIO = -5,
       CODE_TKILL = -6,
       NUMBER_ALRM = 14,
       NUMBER_CHLD = 17,
       NUMBER_URG = 23,
       NUMBER_VTALRM = 26,
       NUMBER_PROF = 27,
       NUMBER_IO = 29,
};

/* Timers and devices signal from interrupts: whoever was running then has nothing to do with it. SIGURG is what the Go runtime
 * interrupts its own threads with, up to a hundred times a second. */
static __always_inline bool signal_is_routine(const struct signal_key *k)
{
    switch (k->number) {
    case NUMBER_CHLD: return k->code > 0 && k->code != CODE_KERNEL;
    case NUMBER_ALRM:
    case NUMBER_VTALRM:
    case NUMBER_PROF: return k->code == CODE_KERNEL || k->code == CODE_TIMER;
    case NUMBER_IO: return k->code > 0 || k->code == CODE_SIGIO;
    case NUMBER_URG: return k->code == CODE_KERNEL || (k->code == CODE_TKILL && k->from_pid == k->to_pid);
    default: return k->code == CODE_TIMER;
    }
}

/* The first of its kind in this second: who and to whom by name, as a record. `to` NULL: not known. */
static __noinline int signal_send(const struct signal_key *key, struct task_struct *to)
{
    struct task_struct *from = bpf_get_current_task_btf();
    struct failures_signal e = {};
    e.h.kind = FAILURES_SIGNAL;
    e.h.size = sizeof e;
    e.h.boot_ns = bpf_ktime_get_boot_ns();
    e.key = *key;
    if (key->from_pid) {
        e.h.start_ns = key->from_start_ns;
        e.h.pid = key->from_pid;
        e.h.tid = from->pid;
        bpf_probe_read_kernel_str(e.value.from_comm, sizeof e.value.from_comm, from->group_leader->comm);
    }
    if (to)
        BPF_CORE_READ_STR_INTO(&e.value.to_comm, to, group_leader, comm);
    static const struct signal_value nothing;
    struct signal_value *v = TALLY_NEW(signals, key, &nothing); /* NULL, full: each is a record. Nothing is lost but thrift */
    if (v) {                                                    /* another CPU may be counting already */
        __builtin_memcpy(v->from_comm, e.value.from_comm, sizeof v->from_comm);
        __builtin_memcpy(v->to_comm, e.value.to_comm, sizeof v->to_comm);
    }
    e.value.count = 1;
    ring_send(&e, sizeof e);
    return 0;
}

/* All of the key but who sent it is filled in. */
static __always_inline int signal_take(struct signal_key *key, struct task_struct *to)
{
    struct task_struct *from = bpf_get_current_task_btf();
    key->from_pid = from->tgid;
    if (signal_is_routine(key)) {
        if (!routine_signals)
            return 0;
        key->from_pid = 0;
    }
    if (key->from_pid)
        key->from_start_ns = from->group_leader->start_boottime;
    struct signal_value *v = TALLY_FIND(signals, key);
    if (!v)
        return signal_send(key, to);
    __sync_fetch_and_add(&v->count, 1);
    return 0;
}

/* `info` is NULL or 1 for what the kernel sends without details (SEND_SIG_NOINFO, SEND_SIG_PRIV of linux/sched/signal.h). */
static __always_inline __s32 signal_code(const struct kernel_siginfo *info)
{
    unsigned long value = (unsigned long)info;
    if (value <= 1)
        return value ? CODE_KERNEL : CODE_USER;
    return BPF_CORE_READ(info, si_code);
}

static __always_inline bool signal_is_blocked(struct task_struct *to, int number, int group)
{
    if (!(BPF_CORE_READ(to, blocked.sig[0]) >> ((number - 1) & 63) & 1))
        return false;
    return !group || BPF_CORE_READ(to, signal, nr_threads) == 1; /* else another thread may take it */
}

static __always_inline int on_signal(int number, const struct kernel_siginfo *info, struct task_struct *to, int group, int result)
{
    __s32 code = signal_code(info);
    if (number == NUMBER_CHLD && code > 0 && !routine_signals) /* the most frequent leaves at once */
        return 0;
    bool from_kernel = (unsigned long)info <= 1 || code > 0;
    struct signal_key key = {.number = number, .code = code, .result = result};
    key.marks = (group ? SIGNAL_GROUP : 0) | (from_kernel ? SIGNAL_KERNEL : 0);
    if (!result && signal_is_blocked(to, number, group))
        key.marks |= SIGNAL_BLOCKED;
    key.to_pid = BPF_CORE_READ(to, tgid);
    key.to_start_ns = task_start_ns(to);
    return signal_take(&key, to);
}

/* The perf tracepoint tells the receiver's thread id only. */
static __always_inline int on_signal_event(const struct trace_event_raw_signal_generate *event)
{
    struct signal_key key = {
        .number = BPF_CORE_READ(event, sig), .code = BPF_CORE_READ(event, code), .result = BPF_CORE_READ(event, result)};
    key.marks = (BPF_CORE_READ(event, group) ? SIGNAL_GROUP : 0) | (key.code > 0 ? SIGNAL_KERNEL : 0);
    key.to_pid = BPF_CORE_READ(event, pid);
    return signal_take(&key, NULL);
}
