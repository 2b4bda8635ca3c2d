/* Records of the process collector's ring. */
#pragma once
#include "bpf/event.h"

enum process_kind { PROCESS_FORK = 1, PROCESS_EXEC, PROCESS_EXIT, PROCESS_CGROUP_ADD, PROCESS_CGROUP_REMOVE };

enum {
    EXEC_ARGS_MAX = 4096,
    EXEC_TEXT_LIMIT = 8192, /* args and two paths; a power of two */
    EXEC_TEXT_BYTES = EXEC_TEXT_LIMIT + EXEC_ARGS_MAX + 256,
};

struct process_who { /* common to fork, exec and the start scan */
    __u32 ppid;
    __u32 uid, gid;
    __u32 pad;
    __u64 parent_start_ns;
    __u64 cgroup_id;
    char comm[16];
};

struct process_fork {
    struct event_header h; /* of the child */
    struct process_who who;
};

struct process_exec {
    struct event_header h;
    struct process_who who;
    char parent_comm[16];
    char tty[16];
    __u32 args_size;            /* bytes of arguments at text[0], each with its NUL */
    __u32 args_total;           /* bytes the process has; more than args_size: cut */
    __u32 exe_end;              /* text[args_size..exe_end): names of the program's path, leaf first */
    __u32 cwd_end;              /* text[exe_end..cwd_end): names of the working directory */
    char text[EXEC_TEXT_BYTES]; /* sent up to cwd_end */
};

struct process_exit {
    struct event_header h;
    __s32 exit_code; /* as wait() gives it */
    __u32 pad;
    __u64 user_ticks_ns, system_ticks_ns, runtime_ns; /* sampled split, exact sum */
    __u64 max_rss_pages;
    __u64 read_chars, write_chars, read_bytes, write_bytes;
};

struct process_cgroup {
    struct event_header h;
    __u64 cgroup_id;
    char path[512];
};
