/* Tables of the file collector. */
#pragma once
#include "collectors/collector.h"
#include "identity/identity.h"

enum {
    FILE_OP_TIME,
    PROCESS_COLUMNS(FILE_OP),
    FILE_OP_TID,
    FILE_OP_OP,
    FILE_OP_PATH,
    FILE_OP_NEW_PATH,
    FILE_OP_FLAGS,
    FILE_OP_MODE,
    FILE_OP_OWNER,
    FILE_OP_SIZE,
    FILE_OP_FD,
    FILE_OP_ERROR,
    FILE_OP_RESULT,
    FILE_OP_LATENCY,
    FILE_OP_COLUMNS,
};

/* The columns of reads and of writes come in the same order. */
#define FILE_IO_SIDE(S)                                                                                                                    \
    FILE_IO_##S##_CALLS, FILE_IO_##S##_BYTES, FILE_IO_##S##_ERRORS, FILE_IO_##S##_LATENCY, FILE_IO_##S##_LATENCY_MAX, FILE_IO_##S##_10US,  \
        FILE_IO_##S##_100US, FILE_IO_##S##_1MS, FILE_IO_##S##_10MS, FILE_IO_##S##_100MS, FILE_IO_##S##_SLOWER

enum {
    FILE_IO_TIME,
    PROCESS_COLUMNS(FILE_IO),
    FILE_IO_INTERVAL,
    FILE_IO_SIDE(READ),
    FILE_IO_SIDE(WRITE),
    FILE_IO_SYNCS,
    FILE_IO_SYNC_ERRORS,
    FILE_IO_SYNC_LATENCY,
    FILE_IO_SYNC_LATENCY_MAX,
    FILE_IO_COLUMNS,
};

extern const struct table table_file_ops, table_file_io;
