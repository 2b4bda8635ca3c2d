#include "collectors/scheduler/scheduler.h"

#define COVERED "what the row covers: about a second, or up to ten where there was less than a millisecond to tell of"

static const struct column process_columns[] = {
    [SCHED_PROCESS_TIME] = COLUMN_TIME("end of the interval"),
    COLUMNS_PROCESS(SCHED_PROCESS),
    [SCHED_PROCESS_INTERVAL] = {"interval_ns", TYPE_I64, ROLE_MEASURE, "ns", COVERED},
    [SCHED_PROCESS_ON_CPU] = {"on_cpu_ns", TYPE_HISTOGRAM, ROLE_MEASURE, "ns",
                              "times that threads had a CPU without a break, those that ended in the interval"},
    [SCHED_PROCESS_ON_CPU_TOTAL] = {"on_cpu_total_ns", TYPE_U64, ROLE_MEASURE, "ns",
                                    "time that threads had CPUs in the interval, that of threads still running included; interrupts and "
                                    "what a hypervisor took meanwhile are in it"},
    [SCHED_PROCESS_ON_CPU_MAX] = {"on_cpu_max_ns", TYPE_U64, ROLE_MEASURE, "ns", "the longest of those that ended"},
    [SCHED_PROCESS_RUN_QUEUE] =
        {"run_queue_ns", TYPE_HISTOGRAM, ROLE_MEASURE, "ns",
         "waits of runnable threads for a CPU: after a wake-up, or when another took theirs. Waits are counted when "
         "the thread next leaves the CPU that it waited for"},
    [SCHED_PROCESS_RUN_QUEUE_TOTAL] = {"run_queue_total_ns", TYPE_U64, ROLE_MEASURE, "ns", "their sum"},
    [SCHED_PROCESS_RUN_QUEUE_MAX] = {"run_queue_max_ns", TYPE_U64, ROLE_MEASURE, "ns", "the longest of them"},
    [SCHED_PROCESS_OFF_CPU] =
        {"off_cpu_ns", TYPE_HISTOGRAM, ROLE_MEASURE, "ns",
         "times that threads were blocked, from leaving the CPU to the wake-up; counted when the thread next leaves a "
         "CPU, so one that still sleeps is not in it"},
    [SCHED_PROCESS_OFF_CPU_TOTAL] = {"off_cpu_total_ns", TYPE_U64, ROLE_MEASURE, "ns", "their sum, which the next four divide"},
    [SCHED_PROCESS_OFF_CPU_MAX] = {"off_cpu_max_ns", TYPE_U64, ROLE_MEASURE, "ns", "the longest of them"},
    [SCHED_PROCESS_SLEEP_TOTAL] = {"sleep_total_ns", TYPE_U64, ROLE_MEASURE, "ns",
                                   "blocked so that a signal could end it: for input, the network, a timer, a lock in user space"},
    [SCHED_PROCESS_IO_TOTAL] = {"io_total_ns", TYPE_U64, ROLE_MEASURE, "ns", "blocked uninterruptibly for a disk, or what counts as one"},
    [SCHED_PROCESS_UNINTERRUPTIBLE_TOTAL] = {"uninterruptible_total_ns", TYPE_U64, ROLE_MEASURE, "ns",
                                             "blocked uninterruptibly for something else: a lock in the kernel, memory, a network file "
                                             "system"},
    [SCHED_PROCESS_STOPPED_TOTAL] = {"stopped_total_ns", TYPE_U64, ROLE_MEASURE, "ns", "stopped by a signal, a debugger or the freezer"},
    [SCHED_PROCESS_IO_MAX] = {"io_max_ns", TYPE_U64, ROLE_MEASURE, "ns", "the longest wait for a disk"},
    [SCHED_PROCESS_UNINTERRUPTIBLE_MAX] = {"uninterruptible_max_ns", TYPE_U64, ROLE_MEASURE, "ns",
                                           "the longest uninterruptible wait for something else"},
    [SCHED_PROCESS_VOLUNTARY] = {"voluntary_switches", TYPE_U64, ROLE_MEASURE, "1", "threads gave up their CPU to wait"},
    [SCHED_PROCESS_INVOLUNTARY] = {"involuntary_switches", TYPE_U64, ROLE_MEASURE, "1", "another thread took their CPU"},
    [SCHED_PROCESS_MIGRATIONS] = {"migrations", TYPE_U64, ROLE_MEASURE, "1", "moves of threads from one CPU to another"},
};

const struct table table_sched_processes =
    TABLE("sched_processes", "Time on CPUs, waiting for CPUs and blocked, with context switches, by process and second", process_columns);

static const struct column cpu_columns[] = {
    [SCHED_CPU_TIME] = COLUMN_TIME("end of the interval"),
    [SCHED_CPU_CPU] = {"cpu", TYPE_U32, ROLE_DIMENSION, NULL, "number of the CPU"},
    [SCHED_CPU_INTERVAL] = {"interval_ns", TYPE_I64, ROLE_MEASURE, "ns", COVERED},
    [SCHED_CPU_BUSY] = {"busy_ns", TYPE_U64, ROLE_MEASURE, "ns", "time that threads had the CPU; the rest of the interval it was idle"},
    [SCHED_CPU_RUN_QUEUE] = {"run_queue_ns", TYPE_HISTOGRAM, ROLE_MEASURE, "ns",
                             "waits of runnable threads until they got this CPU, counted when they leave it"},
    [SCHED_CPU_RUN_QUEUE_TOTAL] = {"run_queue_total_ns", TYPE_U64, ROLE_MEASURE, "ns", "their sum"},
    [SCHED_CPU_RUN_QUEUE_MAX] = {"run_queue_max_ns", TYPE_U64, ROLE_MEASURE, "ns", "the longest of them"},
    [SCHED_CPU_SWITCHES] = {"switches", TYPE_U64, ROLE_MEASURE, "1", "switches from one thread to another, to and from idle included"},
    [SCHED_CPU_INVOLUNTARY] = {"involuntary_switches", TYPE_U64, ROLE_MEASURE, "1",
                               "those that took the CPU from a thread which could have gone on"},
    [SCHED_CPU_MIGRATIONS_IN] = {"migrations_in", TYPE_U64, ROLE_MEASURE, "1", "threads that came from another CPU, where they ran last"},
    [SCHED_CPU_MIGRATIONS_OUT] = {"migrations_out", TYPE_U64, ROLE_MEASURE, "1", "threads that ran here last and then on another CPU"},
};

const struct table table_sched_cpus =
    TABLE("sched_cpus", "Busy time, waits for the CPU, context switches and moved threads, by CPU and second", cpu_columns);
