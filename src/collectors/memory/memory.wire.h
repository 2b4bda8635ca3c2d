/* What the memory collector's kernel programs and its worker side share: keys and values of the tallies, the record of the ring. */
#pragma once
#include "bpf/event.h"
#include "bpf/histogram.h"

/* How large a process is. */
struct memory_sizes {
    __u64 pages[4]; /* of files, anonymous, in swap, shared memory: the kernel's order */
    __u64 table_bytes;
};

enum { PAGES_FILE, PAGES_ANON, PAGES_SWAP, PAGES_SHMEM };

/* --- processes ---------------------------------------------------------------------------------------------------- */

struct memory_key {
    __u64 start_ns; /* of the process; with pid its identity */
    __u32 pid;
    __u32 cpu;
};

enum memory_mark {
    MEMORY_ENDED = 1,
    MEMORY_FOUND = 2, /* it is older than the agent: what it faulted in before is not counted */
};

struct memory_value { /* of one interval */
    __u64 minor, major;
    struct memory_sizes sizes;
    __u64 sized_ns; /* when they were taken: CPUs may differ */
    __u32 marks;    /* enum memory_mark */
    char comm[16];
};

/* --- stalls ------------------------------------------------------------------------------------------------------- */

enum memory_stall { STALL_DIRECT, STALL_CGROUP, STALL_COMPACTION, STALL_COUNT };

struct stall_key {
    __u64 start_ns;
    __u32 pid;
    __u32 stall; /* enum memory_stall */
    __u32 zero;
    __u32 cpu;
};

struct stall_value { /* of one interval, on one CPU */
    __u64 total_ns, max_ns;
    __u64 reclaimed_pages;
    __u32 stalls;
    char comm[16];
    struct histogram duration;
};

/* --- kills -------------------------------------------------------------------------------------------------------- */

enum memory_kind { MEMORY_OOM = 1 };

/* What ran out; the first four are the kernel's enum oom_constraint. */
enum oom_scope { OOM_SYSTEM, OOM_CPUSET, OOM_MEMPOLICY, OOM_CGROUP, OOM_SCOPES, OOM_UNKNOWN = OOM_SCOPES };

enum { OOM_PATH_LIMIT = 2048, OOM_PATH_NAME = 256 };

struct oom_record {
    struct event_header h;  /* of the victim; start_ns 0: not known */
    __u64 trigger_start_ns; /* the process whose wish for memory could not be met */
    __u32 trigger_pid;
    __u32 scope;                    /* enum oom_scope */
    __u64 limit_pages, usage_pages; /* of the cgroup */
    struct memory_sizes sizes;
    __s16 score_adj;
    __u16 sized; /* 0: nothing is known of the victim but its pid */
    __u32 path_size;
    char comm[16], trigger_comm[16];
    char path[OOM_PATH_LIMIT + OOM_PATH_NAME]; /* of the cgroup, as path_assemble takes it; sent as far as used, empty: no cgroup */
};

/* Indices of the map "missed". */
enum memory_missed { MISSED_TASK, MISSED_PROCESSES_FULL, MISSED_STALLS_FULL, MISSED_STALL, MISSED_COUNT };
