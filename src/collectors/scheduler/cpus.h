/* The CPUs' own figures, which the kernel program keeps in an array: rows of sched_cpus, and the time of threads that still run. */
#pragma once
#include "collectors/collector.h"
#include "collectors/scheduler/scheduler.wire.h"
#include "kernel/mapped.h"

/* Time of a process on a CPU that ended with no switch, only with the interval. */
struct portion {
    uint64_t start_ns, ns;
    uint32_t pid; /* 0: none */
};

struct cpu_state {
    struct scheduler_cpu last; /* as it was when the last row was made */
    uint64_t last_clock_ns;    /* then, on the scheduler's clock */
    uint64_t accounted_ns;     /* of all portions, and those that were in the last row */
    uint64_t last_accounted_ns;
    struct portion portion; /* the latest */
};

struct cpus {
    struct mapped map;
    struct cpu_state *states; /* one a CPU */
};

/* Takes account of the present thread's time on a CPU up to `until` (scheduler's clock), so that the kernel program will count from
 * there on only. Returns pid 0 when the CPU is idle, the process unknown, or the thread came later or leaves just now. */
struct portion cpu_take_portion(struct scheduler_cpu *cpu, uint64_t until);

/* 0, or -errno with words. */
int cpus_open(struct cpus *c, const struct kernel_unit *unit, struct err *why);
void cpus_close(struct cpus *c);
/* Takes the portions of all CPUs up to now, and makes rows. `last`: also of what is very little. */
void cpus_turn(struct cpus *c, struct sink *sink, int64_t utc_ns, bool last);
