/* Tables of the syscalls collector. */
#pragma once
#include "collectors/collector.h"
#include "identity/identity.h"

enum {
    SYSCALL_TIME,
    PROCESS_COLUMNS(SYSCALL),
    SYSCALL_CALL,
    SYSCALL_INTERVAL,
    SYSCALL_CALLS,
    SYSCALL_ERRORS,
    SYSCALL_LATENCY,
    SYSCALL_LATENCY_TOTAL,
    SYSCALL_LATENCY_MAX,
    SYSCALL_COLUMNS,
};

enum {
    SYSCALL_ERROR_TIME,
    PROCESS_COLUMNS(SYSCALL_ERROR),
    SYSCALL_ERROR_CALL,
    SYSCALL_ERROR_INTERVAL,
    SYSCALL_ERROR_ERROR,
    SYSCALL_ERROR_COUNT,
    SYSCALL_ERROR_COLUMNS,
};

extern const struct table table_syscalls, table_syscall_errors;
extern const struct kernel_plan syscalls_plan;
