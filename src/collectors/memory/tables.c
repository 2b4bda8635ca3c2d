#include "collectors/memory/memory.h"

#define INTERVAL_COLUMN                                                                                                                    \
    {                                                                                                                                      \
        "interval_ns", TYPE_I64, ROLE_MEASURE, "ns", "length of the interval, about a second"                                              \
    }
/* clang-format off */
#define SIZE_COLUMNS(P)                                                                                                                    \
    [P##_RSS] = {"rss_bytes", TYPE_U64, ROLE_MEASURE, "bytes", "memory that the process holds: the sum of the next three"},                \
    [P##_ANON] = {"anon_bytes", TYPE_U64, ROLE_MEASURE, "bytes", "of it, memory that is of no file: heap and stacks"},                     \
    [P##_FILE] = {"file_bytes", TYPE_U64, ROLE_MEASURE, "bytes", "of it, mapped files: programs, libraries, data"},                        \
    [P##_SHMEM] = {"shmem_bytes", TYPE_U64, ROLE_MEASURE, "bytes", "of it, shared memory and tmpfs"},                                      \
    [P##_SWAP] = {"swap_bytes", TYPE_U64, ROLE_MEASURE, "bytes", "what the process has in swap"},                                          \
    [P##_PAGE_TABLES] = {"page_table_bytes", TYPE_U64, ROLE_MEASURE, "bytes", "page tables that describe its memory"}
/* clang-format on */

static const struct column process_columns[] = {
    [MEMORY_PROCESS_TIME] = COLUMN_TIME("end of the interval"),
    COLUMNS_PROCESS(MEMORY_PROCESS),
    [MEMORY_PROCESS_INTERVAL] = INTERVAL_COLUMN,
    [MEMORY_PROCESS_MINOR] = {"minor_faults", TYPE_U64, ROLE_MEASURE, "1",
                              "page faults that found their page in memory, or got an empty one; NULL in the first row of a process "
                              "that is older than the agent"},
    [MEMORY_PROCESS_MAJOR] = {"major_faults", TYPE_U64, ROLE_MEASURE, "1",
                              "page faults that had to wait for a disk: a file or swap; NULL as minor_faults"},
    SIZE_COLUMNS(MEMORY_PROCESS),
};

const struct table table_memory_processes =
    TABLE("memory_processes",
          "Page faults and size of processes, by process and second: rows of those that had faults or changed by 1 MiB, and of "
          "each that the agent found; sizes as of the interval's end, NULL in the last row of a process that ended",
          process_columns);

static const struct column stall_columns[] = {
    [MEMORY_STALL_TIME] = COLUMN_TIME("end of the interval"),
    COLUMNS_PROCESS(MEMORY_STALL),
    [MEMORY_STALL_KIND] = {"kind", TYPE_TEXT, ROLE_DIMENSION, NULL,
                           "direct_reclaim: the machine was short of memory; cgroup_reclaim: its cgroup was at a limit; compaction: "
                           "no pages were together, one stall for each zone"},
    [MEMORY_STALL_INTERVAL] = INTERVAL_COLUMN,
    [MEMORY_STALL_STALLS] = {"stalls", TYPE_U64, ROLE_MEASURE, "1", "how often the process had to wait for it, ended in the interval"},
    [MEMORY_STALL_NS] = {"stall_ns", TYPE_HISTOGRAM, ROLE_MEASURE, "ns", "how long each took"},
    [MEMORY_STALL_TOTAL] = {"stall_total_ns", TYPE_U64, ROLE_MEASURE, "ns", "their sum"},
    [MEMORY_STALL_MAX] = {"stall_max_ns", TYPE_U64, ROLE_MEASURE, "ns", "the longest of them"},
    [MEMORY_STALL_RECLAIMED] = {"reclaimed_bytes", TYPE_U64, ROLE_MEASURE, "bytes", "what they freed; NULL for compaction"},
};

const struct table table_memory_stalls =
    TABLE("memory_stalls",
          "Time that processes had to spend on freeing memory before they got some, by process, kind and second; what memory.high "
          "makes them sleep is not in it",
          stall_columns);

static const struct column kill_columns[] = {
    [OOM_KILL_TIME] = COLUMN_TIME("when the process was killed"),
    COLUMNS_PROCESS(OOM_KILL),
    [OOM_KILL_SCOPE] = {"scope", TYPE_TEXT, ROLE_DIMENSION, NULL,
                        "what ran out of memory: cgroup, system, or the nodes of a cpuset or mempolicy; NULL: not known"},
    [OOM_KILL_CGROUP] = {"cgroup", TYPE_TEXT, ROLE_DIMENSION, NULL,
                         "the cgroup that was at its limit, below the root of its hierarchy; NULL where scope is not cgroup"},
    [OOM_KILL_LIMIT] = {"limit_bytes", TYPE_U64, ROLE_MEASURE, "bytes", "limit of that cgroup (memory.max); NULL: it has none"},
    [OOM_KILL_USAGE] = {"usage_bytes", TYPE_U64, ROLE_MEASURE, "bytes", "what that cgroup used"},
    [OOM_KILL_SCORE_ADJ] = {"oom_score_adj", TYPE_I32, ROLE_MEASURE, "1",
                            "how much the process was recommended (1000) or protected (-1000)"},
    SIZE_COLUMNS(OOM_KILL),
    [OOM_KILL_TRIGGER_PID] = {"trigger_pid", TYPE_U32, ROLE_IDENTITY, NULL, "the process that wanted the memory that was not there"},
    [OOM_KILL_TRIGGER_KEY] = {"trigger_process_key", TYPE_U64, ROLE_IDENTITY, NULL, "its identity"},
    [OOM_KILL_TRIGGER_COMM] = {"trigger_comm", TYPE_TEXT, ROLE_DIMENSION, NULL, "its command name"},
};

const struct table table_oom_kills =
    TABLE("oom_kills", "Processes that the kernel killed for want of memory: one row each, with what they held", kill_columns);
