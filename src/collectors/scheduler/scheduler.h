/* Tables of the scheduler collector. */
#pragma once
#include "collectors/collector.h"
#include "identity/identity.h"

enum {
    SCHED_PROCESS_TIME,
    PROCESS_COLUMNS(SCHED_PROCESS),
    SCHED_PROCESS_INTERVAL,
    SCHED_PROCESS_ON_CPU,
    SCHED_PROCESS_ON_CPU_TOTAL,
    SCHED_PROCESS_ON_CPU_MAX,
    SCHED_PROCESS_RUN_QUEUE,
    SCHED_PROCESS_RUN_QUEUE_TOTAL,
    SCHED_PROCESS_RUN_QUEUE_MAX,
    SCHED_PROCESS_OFF_CPU,
    SCHED_PROCESS_OFF_CPU_TOTAL,
    SCHED_PROCESS_OFF_CPU_MAX,
    SCHED_PROCESS_SLEEP_TOTAL, /* from here on in the order of enum scheduler_left */
    SCHED_PROCESS_IO_TOTAL,
    SCHED_PROCESS_UNINTERRUPTIBLE_TOTAL,
    SCHED_PROCESS_STOPPED_TOTAL,
    SCHED_PROCESS_IO_MAX,
    SCHED_PROCESS_UNINTERRUPTIBLE_MAX,
    SCHED_PROCESS_VOLUNTARY,
    SCHED_PROCESS_INVOLUNTARY,
    SCHED_PROCESS_MIGRATIONS,
    SCHED_PROCESS_COLUMNS,
};

enum {
    SCHED_CPU_TIME,
    SCHED_CPU_CPU,
    SCHED_CPU_INTERVAL,
    SCHED_CPU_BUSY,
    SCHED_CPU_RUN_QUEUE,
    SCHED_CPU_RUN_QUEUE_TOTAL,
    SCHED_CPU_RUN_QUEUE_MAX,
    SCHED_CPU_SWITCHES,
    SCHED_CPU_INVOLUNTARY,
    SCHED_CPU_MIGRATIONS_IN,
    SCHED_CPU_MIGRATIONS_OUT,
    SCHED_CPU_COLUMNS,
};

extern const struct table table_sched_processes, table_sched_cpus;
extern const struct kernel_plan scheduler_plan;

/* Rows come for a second in which there was activity. Where it was very little, it is kept and joins that of the following seconds until
 * it is more or the row would cover too long: nothing is left out, and an idle host has few rows. */
enum { SCHED_TRIVIAL_NS = 1000000 };
#define SCHED_LONGEST_NS INT64_C(10000000000)
