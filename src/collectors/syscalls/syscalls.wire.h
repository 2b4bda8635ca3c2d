/* What the syscalls collector's kernel programs and its worker side share: keys and values of the tallies. */
#pragma once
#include "bpf/histogram.h"
#include <linux/types.h>

enum { SYSCALL_COMPAT = 1 << 30 }; /* in a number: of the 32-bit numbering */

struct syscall_key {
    __u64 start_ns; /* of the process; with pid its identity */
    __u32 pid;
    __u32 number;
    __u32 error; /* in the tally of errors, positive */
    __u32 cpu;
};

struct syscall_value { /* of one interval, on one CPU */
    __u64 total_ns, max_ns;
    __u32 calls, errors;
    char comm[16];
    struct histogram latency;
};

struct syscall_error_value {
    __u64 count;
    char comm[16];
};

/* Indices of the map "missed". */
enum syscall_missed { MISSED_ENTRY, MISSED_CALLS_FULL, MISSED_ERRORS_FULL, MISSED_COUNT };
