#include "collectors/process/process.h"

static const struct column exec_columns[] = {
    [EXEC_TIME] = COLUMN_TIME("when the new program took over"),
    COLUMNS_PROCESS(EXEC),
    [EXEC_PPID] = {"ppid", TYPE_U32, ROLE_IDENTITY, NULL, "process id of the parent"},
    [EXEC_PARENT_KEY] = {"parent_key", TYPE_U64, ROLE_IDENTITY, NULL, "process_key of the parent"},
    [EXEC_PARENT_COMM] = {"parent_comm", TYPE_TEXT, ROLE_DIMENSION, NULL, "command name of the parent"},
    [EXEC_ARGS] = {"args", TYPE_TEXT, ROLE_DIMENSION, NULL, "arguments as one shell-quoted string, the program's name first, up to 4 KiB"},
    [EXEC_ARGS_CUT] = {"args_cut", TYPE_BOOL, ROLE_DIMENSION, NULL, "the arguments were longer than what is kept"},
    [EXEC_CWD] = {"cwd", TYPE_TEXT, ROLE_DIMENSION, NULL, "working directory, as the process sees it"},
    [EXEC_TTY] = {"tty", TYPE_TEXT, ROLE_DIMENSION, NULL, "controlling terminal; NULL without one"},
    [EXEC_GID] = {"gid", TYPE_U32, ROLE_DIMENSION, NULL, "real group id"},
    [EXEC_CGROUP] = {"cgroup", TYPE_TEXT, ROLE_DIMENSION, NULL, "path of its cgroup in the version 2 hierarchy"},
};

const struct table table_execs = TABLE("execs", "Programs started: one row for each successful exec", exec_columns);

static const struct column exit_columns[] = {
    [EXIT_TIME] = COLUMN_TIME("when the last thread ended"),
    COLUMNS_PROCESS(EXIT),
    [EXIT_PPID] = {"ppid", TYPE_U32, ROLE_IDENTITY, NULL, "process id of the parent; NULL when the start was not seen"},
    [EXIT_EXIT_CODE] = {"exit_code", TYPE_I32, ROLE_DIMENSION, NULL, "status of a normal end; NULL after a signal"},
    [EXIT_SIGNAL] = {"signal", TYPE_TEXT, ROLE_DIMENSION, NULL, "name of the signal that ended it (SIGKILL); NULL after a normal end"},
    [EXIT_CORE] = {"core_dumped", TYPE_BOOL, ROLE_DIMENSION, NULL, "a core was dumped"},
    [EXIT_DURATION] = {"duration_ns", TYPE_I64, ROLE_MEASURE, "ns", "life of the process, from its fork"},
    [EXIT_USER_CPU] =
        {"user_cpu_ns", TYPE_U64, ROLE_MEASURE, "ns",
         "CPU time in user mode of all its threads, up to the scheduler's last accounting: a stretch of less than a tick may be missing"},
    [EXIT_SYSTEM_CPU] = {"system_cpu_ns", TYPE_U64, ROLE_MEASURE, "ns", "CPU time in the kernel of all its threads"},
    [EXIT_MAX_RSS] = {"max_rss_bytes", TYPE_U64, ROLE_MEASURE, "bytes", "largest resident set"},
    [EXIT_READ_BYTES] = {"read_bytes", TYPE_U64, ROLE_MEASURE, "bytes", "bytes fetched from storage on its behalf"},
    [EXIT_WRITE_BYTES] = {"write_bytes", TYPE_U64, ROLE_MEASURE, "bytes", "bytes it caused to be sent to storage"},
    [EXIT_READ_CHARS] = {"read_call_bytes", TYPE_U64, ROLE_MEASURE, "bytes", "bytes returned by read calls of any kind of file"},
    [EXIT_WRITE_CHARS] = {"write_call_bytes", TYPE_U64, ROLE_MEASURE, "bytes", "bytes given to write calls of any kind of file"},
};

const struct table table_exits = TABLE("exits", "Processes ended: one row each, with what they used", exit_columns);
