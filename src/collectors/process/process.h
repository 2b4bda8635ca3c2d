/* Tables of the process collector. */
#pragma once
#include "collectors/collector.h"
#include "identity/identity.h"

enum {
    EXEC_TIME,
    PROCESS_COLUMNS(EXEC),
    EXEC_PPID,
    EXEC_PARENT_KEY,
    EXEC_PARENT_COMM,
    EXEC_ARGS,
    EXEC_ARGS_CUT,
    EXEC_CWD,
    EXEC_TTY,
    EXEC_GID,
    EXEC_CGROUP,
    EXEC_COLUMNS,
};

enum {
    EXIT_TIME,
    PROCESS_COLUMNS(EXIT),
    EXIT_PPID,
    EXIT_EXIT_CODE,
    EXIT_SIGNAL,
    EXIT_CORE,
    EXIT_DURATION,
    EXIT_USER_CPU,
    EXIT_SYSTEM_CPU,
    EXIT_MAX_RSS,
    EXIT_READ_BYTES,
    EXIT_WRITE_BYTES,
    EXIT_READ_CHARS,
    EXIT_WRITE_CHARS,
    EXIT_COLUMNS,
};

extern const struct table table_execs, table_exits;
