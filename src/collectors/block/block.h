/* Tables of the block collector. */
#pragma once
#include "collectors/collector.h"
#include "identity/identity.h"

enum {
    BLOCK_IO_TIME,
    PROCESS_COLUMNS(BLOCK_IO),
    BLOCK_IO_DEVICE,
    BLOCK_IO_OP,
    BLOCK_IO_INTERVAL,
    BLOCK_IO_IOS,
    BLOCK_IO_BYTES,
    BLOCK_IO_ERRORS,
    BLOCK_IO_MERGES,
    BLOCK_IO_SIZE,
    BLOCK_IO_QUEUE,
    BLOCK_IO_QUEUE_TOTAL,
    BLOCK_IO_QUEUE_MAX,
    BLOCK_IO_DEVICE_TIME,
    BLOCK_IO_DEVICE_TOTAL,
    BLOCK_IO_DEVICE_MAX,
    BLOCK_IO_COLUMNS,
};

enum {
    BLOCK_SLOW_TIME,
    PROCESS_COLUMNS(BLOCK_SLOW),
    BLOCK_SLOW_DEVICE,
    BLOCK_SLOW_OP,
    BLOCK_SLOW_SECTOR,
    BLOCK_SLOW_BYTES,
    BLOCK_SLOW_LATENCY,
    BLOCK_SLOW_QUEUE,
    BLOCK_SLOW_DEVICE_TIME,
    BLOCK_SLOW_ERROR,
    BLOCK_SLOW_COLUMNS,
};

extern const struct table table_block_io, table_block_slow;
