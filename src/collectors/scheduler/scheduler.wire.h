/* What the scheduler collector's kernel program and its worker side share. Times are nanoseconds of the scheduler's own clock, which is
 * no other clock of the system: only differences mean something. */
#pragma once
#include "bpf/histogram.h"
#include <linux/types.h>

/* Why a thread left its CPU. */
enum scheduler_left {
    LEFT_SLEEP,           /* it waits and can be interrupted: for input, a timer, a lock of user space */
    LEFT_IO,              /* for a disk, or what else counts as I/O */
    LEFT_UNINTERRUPTIBLE, /* otherwise, and cannot be interrupted: for a lock of the kernel, memory, NFS */
    LEFT_STOPPED,         /* by SIGSTOP, a debugger, the freezer */
    LEFT_BLOCKED,         /* number of those above */
    LEFT_RUNNABLE = LEFT_BLOCKED,
};

struct scheduler_key {
    __u64 start_ns; /* of the process; with pid its identity */
    __u32 pid;
    __u32 cpu;
};

/* What threads of one process did on one CPU in one interval: stays on it that ended, and the waits before them. */
struct scheduler_value {
    __u64 on_cpu_ns; /* not yet taken account of by the worker */
    __u64 on_cpu_max_ns;
    __u64 run_queue_ns, run_queue_max_ns;
    __u64 off_cpu_ns[LEFT_BLOCKED], off_cpu_max_ns[LEFT_BLOCKED];
    __u32 voluntary, involuntary, migrations, pad;
    char comm[16];
    struct histogram on_cpu, run_queue, off_cpu;
};

struct scheduler_running { /* who has a CPU */
    __u64 start_ns;        /* of the process; 0: unknown */
    __u32 pid;             /* 0: nobody, the CPU is idle */
    __u32 pad;
};

/* One CPU. Its program alone writes it, but for what is said below; counts only grow. */
struct scheduler_cpu {
    /* Twice the time when the present thread got the CPU, or up to when the worker has taken account of it; plus the index of
     * `running`. The program exchanges this word at a switch, the worker compares and exchanges it: who has had the old value takes
     * account of the time since. */
    __u64 since;
    __u64 arrived_ns; /* when the present thread got the CPU; 0: no switch yet */
    struct scheduler_running running[2];
    __u64 busy_ns;
    __u64 switches, involuntary, arrivals; /* arrivals: of threads that were last on another CPU */
    __u64 run_queue_ns, run_queue_max_ns;  /* max: the worker sets it to 0 */
    struct histogram run_queue;
    __u64 pad[4];
    __u64 departures; /* of threads that were next on another CPU, which counts them here, in a cache line of its own */
    __u64 pad2[7];
};

_Static_assert(sizeof(struct scheduler_cpu) % 64 == 0 && __builtin_offsetof(struct scheduler_cpu, departures) % 64 == 0, "cache lines");

/* Indices of the map "missed". */
enum scheduler_missed { MISSED_THREAD, MISSED_PROCESS, MISSED_COUNT };
