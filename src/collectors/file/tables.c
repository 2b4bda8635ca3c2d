#include "collectors/file/file.h"

static const struct column op_columns[] = {
    [FILE_OP_TIME] = COLUMN_TIME("when the operation returned"),
    COLUMNS_PROCESS(FILE_OP),
    [FILE_OP_TID] = {"tid", TYPE_U32, ROLE_IDENTITY, NULL, "thread id"},
    [FILE_OP_OP] = {"op", TYPE_TEXT, ROLE_DIMENSION, NULL,
                    "open, create, unlink, rmdir, rename, link, symlink, mkdir, mknod, chmod, chown, truncate, mount, umount; create is an "
                    "open that made the file, or one with O_CREAT that failed"},
    [FILE_OP_PATH] = {"path", TYPE_TEXT, ROLE_DIMENSION, NULL,
                      "absolute path as the process sees it, '.' and '..' taken out as words, symbolic links not followed; for mount and "
                      "umount the mount point. NULL when it could not be read, begins with .../ when deeper than 512 names or 4 KiB"},
    [FILE_OP_NEW_PATH] = {"new_path", TYPE_TEXT, ROLE_DIMENSION, NULL,
                          "second path: the new name of rename and link, the text in a symlink, the source of a mount"},
    [FILE_OP_FLAGS] = {"flags", TYPE_TEXT, ROLE_DIMENSION, NULL,
                       "flags by name: O_RDWR|O_CLOEXEC, AT_REMOVEDIR, RENAME_NOREPLACE, MS_RDONLY …"},
    [FILE_OP_MODE] = {"mode", TYPE_TEXT, ROLE_DIMENSION, NULL, "permissions asked for, in octal, before the umask: 0644"},
    [FILE_OP_OWNER] = {"owner", TYPE_TEXT, ROLE_DIMENSION, NULL, "new owner and group of chown, uid:gid; -1 leaves it as it was"},
    [FILE_OP_SIZE] = {"size_bytes", TYPE_I64, ROLE_MEASURE, "bytes", "new length of truncate"},
    [FILE_OP_FD] = {"fd", TYPE_I32, ROLE_DIMENSION, NULL, "descriptor that an open returned"},
    [FILE_OP_ERROR] = {"error", TYPE_TEXT, ROLE_DIMENSION, NULL, "name of the error (ENOENT); NULL when it worked"},
    [FILE_OP_RESULT] = {"result", TYPE_I64, ROLE_MEASURE, "1", "value that the system call returned, negative for an error"},
    [FILE_OP_LATENCY] = {"latency_ns", TYPE_U64, ROLE_MEASURE, "ns", "time from entry to return"},
};

const struct table table_file_ops = TABLE(
    "file_ops", "Operations on files by path, one row each, from the system calls of 64-bit processes (not those made through io_uring)",
    op_columns);

#define SIDE(S, word, one)                                                                                                                 \
    [FILE_IO_##S##_CALLS] = {word "s", TYPE_U64, ROLE_MEASURE, "1", one " calls that worked"},                                             \
    [FILE_IO_##S##_BYTES] = {word "_bytes", TYPE_U64, ROLE_MEASURE, "bytes", "bytes they moved"},                                          \
    [FILE_IO_##S##_ERRORS] = {word "_errors", TYPE_U64, ROLE_MEASURE, "1", one " calls that failed"},                                      \
    [FILE_IO_##S##_LATENCY] = {word "_latency_ns", TYPE_U64, ROLE_MEASURE, "ns", "sum of their times from entry to return"},               \
    [FILE_IO_##S##_LATENCY_MAX] = {word "_latency_max_ns", TYPE_U64, ROLE_MEASURE, "ns", "the longest of them"},                           \
    [FILE_IO_##S##_10US] = {word "s_10us", TYPE_U64, ROLE_MEASURE, "1", "how many took up to 10 us"},                                      \
    [FILE_IO_##S##_100US] = {word "s_100us", TYPE_U64, ROLE_MEASURE, "1", "how many took more than 10 us, up to 100 us"},                  \
    [FILE_IO_##S##_1MS] = {word "s_1ms", TYPE_U64, ROLE_MEASURE, "1", "how many took more than 100 us, up to 1 ms"},                       \
    [FILE_IO_##S##_10MS] = {word "s_10ms", TYPE_U64, ROLE_MEASURE, "1", "how many took more than 1 ms, up to 10 ms"},                      \
    [FILE_IO_##S##_100MS] = {word "s_100ms", TYPE_U64, ROLE_MEASURE, "1", "how many took more than 10 ms, up to 100 ms"},                  \
    [FILE_IO_##S##_SLOWER] = {word "s_slower", TYPE_U64, ROLE_MEASURE, "1", "how many took more than 100 ms"}

static const struct column io_columns[] = {
    [FILE_IO_TIME] = COLUMN_TIME("end of the interval"),
    COLUMNS_PROCESS(FILE_IO),
    [FILE_IO_INTERVAL] = {"interval_ns", TYPE_I64, ROLE_MEASURE, "ns", "length of the interval, about a second"},
    SIDE(READ, "read", "read"),
    SIDE(WRITE, "write", "write"),
    [FILE_IO_SYNCS] = {"syncs", TYPE_U64, ROLE_MEASURE, "1", "fsync and fdatasync calls that worked"},
    [FILE_IO_SYNC_ERRORS] = {"sync_errors", TYPE_U64, ROLE_MEASURE, "1", "fsync and fdatasync calls that failed"},
    [FILE_IO_SYNC_LATENCY] = {"sync_latency_ns", TYPE_U64, ROLE_MEASURE, "ns", "sum of their times from entry to return"},
    [FILE_IO_SYNC_LATENCY_MAX] = {"sync_latency_max_ns", TYPE_U64, ROLE_MEASURE, "ns", "the longest of them"},
};

const struct table table_file_io =
    TABLE("file_io",
          "Reads and writes of regular files by process and second, those with activity only, from read, write "
          "and their variants, sendfile, copy_file_range and splice (not through mmap or io_uring)",
          io_columns);
