#include "collectors/block/block.h"

#define OPS                                                                                                                                \
    "read, write, sync (a write without data that waits for a flush: fsync), flush (of the device's cache, sent by the kernel for all "    \
    "that "                                                                                                                                \
    "wait for one), discard, secure_erase, write_zeroes, zone_append, zone_open, zone_close, zone_finish, zone_reset, zone_reset_all, "    \
    "command (a program's own to the drive)"

static const struct column io_columns[] = {
    [BLOCK_IO_TIME] = COLUMN_TIME("end of the interval"),
    COLUMNS_PROCESS(BLOCK_IO),
    [BLOCK_IO_DEVICE] = {"device", TYPE_TEXT, ROLE_IDENTITY, NULL, "name of the whole device in /sys/block"},
    [BLOCK_IO_OP] = {"op", TYPE_TEXT, ROLE_DIMENSION, NULL, OPS},
    [BLOCK_IO_INTERVAL] = {"interval_ns", TYPE_I64, ROLE_MEASURE, "ns", "length of the interval, about a second"},
    [BLOCK_IO_IOS] = {"ios", TYPE_U64, ROLE_MEASURE, "1", "I/Os that ended; one that the device did in parts is one"},
    [BLOCK_IO_BYTES] = {"bytes", TYPE_U64, ROLE_MEASURE, "bytes", "their bytes"},
    [BLOCK_IO_ERRORS] = {"errors", TYPE_U64, ROLE_MEASURE, "1", "how many of them failed, whole or in part"},
    [BLOCK_IO_MERGES] = {"merges", TYPE_U64, ROLE_MEASURE, "1", "what went into a neighbour instead of becoming an I/O of its own"},
    [BLOCK_IO_SIZE] = {"size_bytes", TYPE_HISTOGRAM, ROLE_MEASURE, "bytes", "size of each"},
    [BLOCK_IO_QUEUE] =
        {"queue_ns", TYPE_HISTOGRAM, ROLE_MEASURE, "ns",
         "time from the request's making until the device got it, for a sync until its end; NULL where the device has no queue"},
    [BLOCK_IO_QUEUE_TOTAL] = {"queue_total_ns", TYPE_U64, ROLE_MEASURE, "ns", "sum of these times"},
    [BLOCK_IO_QUEUE_MAX] = {"queue_max_ns", TYPE_U64, ROLE_MEASURE, "ns", "the longest of them"},
    [BLOCK_IO_DEVICE_TIME] = {"device_ns", TYPE_HISTOGRAM, ROLE_MEASURE, "ns",
                              "time that the device had it; NULL where it got none, as of a sync"},
    [BLOCK_IO_DEVICE_TOTAL] = {"device_total_ns", TYPE_U64, ROLE_MEASURE, "ns", "sum of these times"},
    [BLOCK_IO_DEVICE_MAX] = {"device_max_ns", TYPE_U64, ROLE_MEASURE, "ns", "the longest of them"},
};

const struct table table_block_io =
    TABLE("block_io",
          "I/O of block devices by device, operation, process that asked for it, and second. Written back pages belong to kernel threads "
          "(kworker, jbd2), with the container that made them dirty where its io controller is on; flushes to no process",
          io_columns);

static const struct column slow_columns[] = {
    [BLOCK_SLOW_TIME] = COLUMN_TIME("when it ended"),
    COLUMNS_PROCESS(BLOCK_SLOW),
    [BLOCK_SLOW_DEVICE] = {"device", TYPE_TEXT, ROLE_IDENTITY, NULL, "name of the whole device in /sys/block"},
    [BLOCK_SLOW_OP] = {"op", TYPE_TEXT, ROLE_DIMENSION, NULL, "as in block_io"},
    [BLOCK_SLOW_SECTOR] = {"sector", TYPE_U64, ROLE_DIMENSION, NULL, "where on the device it begins, in units of 512 bytes"},
    [BLOCK_SLOW_BYTES] = {"bytes", TYPE_U32, ROLE_MEASURE, "bytes", "its size"},
    [BLOCK_SLOW_LATENCY] = {"latency_ns", TYPE_U64, ROLE_MEASURE, "ns", "all of it: queue_ns and device_ns, as far as they are known"},
    [BLOCK_SLOW_QUEUE] = {"queue_ns", TYPE_U64, ROLE_MEASURE, "ns", "until the device got it; NULL when unknown"},
    [BLOCK_SLOW_DEVICE_TIME] = {"device_ns", TYPE_U64, ROLE_MEASURE, "ns", "how long the device had it; NULL when it never got it"},
    [BLOCK_SLOW_ERROR] = {"error", TYPE_TEXT, ROLE_DIMENSION, NULL, "name of the error (EIO); NULL when it worked"},
};

const struct table table_block_slow =
    TABLE("block_slow", "I/Os of block devices that took longer than block.slow, or failed: one row each", slow_columns);
