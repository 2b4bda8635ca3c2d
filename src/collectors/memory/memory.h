/* Tables of the memory collector. */
#pragma once
#include "collectors/collector.h"
#include "identity/identity.h"

/* The columns of sizes come in the same order wherever they are. */
#define MEMORY_SIZE_COLUMNS(P) P##_RSS, P##_ANON, P##_FILE, P##_SHMEM, P##_SWAP, P##_PAGE_TABLES

enum {
    MEMORY_PROCESS_TIME,
    PROCESS_COLUMNS(MEMORY_PROCESS),
    MEMORY_PROCESS_INTERVAL,
    MEMORY_PROCESS_MINOR,
    MEMORY_PROCESS_MAJOR,
    MEMORY_SIZE_COLUMNS(MEMORY_PROCESS),
    MEMORY_PROCESS_COLUMNS,
};

enum {
    MEMORY_STALL_TIME,
    PROCESS_COLUMNS(MEMORY_STALL),
    MEMORY_STALL_KIND,
    MEMORY_STALL_INTERVAL,
    MEMORY_STALL_STALLS,
    MEMORY_STALL_NS,
    MEMORY_STALL_TOTAL,
    MEMORY_STALL_MAX,
    MEMORY_STALL_RECLAIMED,
    MEMORY_STALL_COLUMNS,
};

enum {
    OOM_KILL_TIME,
    PROCESS_COLUMNS(OOM_KILL),
    OOM_KILL_SCOPE,
    OOM_KILL_CGROUP,
    OOM_KILL_LIMIT,
    OOM_KILL_USAGE,
    OOM_KILL_SCORE_ADJ,
    MEMORY_SIZE_COLUMNS(OOM_KILL),
    OOM_KILL_TRIGGER_PID,
    OOM_KILL_TRIGGER_KEY,
    OOM_KILL_TRIGGER_COMM,
    OOM_KILL_COLUMNS,
};

extern const struct table table_memory_processes, table_memory_stalls, table_oom_kills;
extern const struct kernel_plan memory_plan;
