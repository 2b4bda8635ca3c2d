#include "collectors/syscalls/syscalls.h"

#define CALL_COLUMN                                                                                                                        \
    {                                                                                                                                      \
        "call", TYPE_TEXT, ROLE_DIMENSION, NULL, "name of the system call (openat); 32-bit processes: i386:NUMBER"                         \
    }
#define INTERVAL_COLUMN                                                                                                                    \
    {                                                                                                                                      \
        "interval_ns", TYPE_I64, ROLE_MEASURE, "ns", "length of the interval, about a second"                                              \
    }

static const struct column columns[] = {
    [SYSCALL_TIME] = COLUMN_TIME("end of the interval"),
    COLUMNS_PROCESS(SYSCALL),
    [SYSCALL_CALL] = CALL_COLUMN,
    [SYSCALL_INTERVAL] = INTERVAL_COLUMN,
    [SYSCALL_CALLS] = {"calls", TYPE_U64, ROLE_MEASURE, "1", "calls that returned in the interval"},
    [SYSCALL_ERRORS] = {"errors", TYPE_U64, ROLE_MEASURE, "1", "those that returned an error; which is in syscall_errors"},
    [SYSCALL_LATENCY] = {"latency_ns", TYPE_HISTOGRAM, ROLE_MEASURE, "ns", "times from entry to return, with the time slept in the call"},
    [SYSCALL_LATENCY_TOTAL] = {"latency_total_ns", TYPE_U64, ROLE_MEASURE, "ns", "their sum"},
    [SYSCALL_LATENCY_MAX] = {"latency_max_ns", TYPE_U64, ROLE_MEASURE, "ns", "the longest of them"},
};

const struct table table_syscalls = TABLE(
    "syscalls",
    "System calls by process, call and second: count, errors and latency; calls that do not return (exit) are left out. "
    "Where many processes come and go, those younger than 2 s are summed by name, with pid NULL, but for calls that take 10 ms or more",
    columns);

static const struct column error_columns[] = {
    [SYSCALL_ERROR_TIME] = COLUMN_TIME("end of the interval"),
    COLUMNS_PROCESS(SYSCALL_ERROR),
    [SYSCALL_ERROR_CALL] = CALL_COLUMN,
    [SYSCALL_ERROR_INTERVAL] = INTERVAL_COLUMN,
    [SYSCALL_ERROR_ERROR] = {"error", TYPE_TEXT, ROLE_DIMENSION, NULL,
                             "name of the error (EAGAIN); ERESTARTSYS and its like: interrupted by a signal, to be made again"},
    [SYSCALL_ERROR_COUNT] = {"count", TYPE_U64, ROLE_MEASURE, "1", "how often the call returned it in the interval"},
};

const struct table table_syscall_errors = TABLE(
    "syscall_errors", "Errors that system calls returned, by process, call, error and second; pid NULL as in syscalls", error_columns);
