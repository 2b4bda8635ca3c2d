/* What the block collector's kernel programs and its decoder share: the record of a slow I/O, key and value of the tally. */
#pragma once
#include "bpf/event.h"
#include "bpf/histogram.h"

enum block_kind { BLOCK_SLOW = 1 };

/* Operations are the kernel's numbers (enum req_op in linux/blk_types.h), and one of our own. */
enum block_op {
    BLOCK_READ = 0,
    BLOCK_WRITE = 1,
    BLOCK_FLUSH = 2,
    BLOCK_DRIVER_IN = 34,
    BLOCK_DRIVER_OUT = 35,
    BLOCK_SYNC = 64, /* a write without data */
};

enum { BLOCK_OP_MASK = 0xff, BLOCK_DISK_NAME = 32 };

enum block_mark {
    BLOCK_QUEUE_KNOWN = 1, /* queue_ns is a time */
    BLOCK_DEVICE_KNOWN = 2,
};

struct block_slow {
    struct event_header h; /* of the process, pid 0: unknown; boot_ns: when it ended */
    __u64 sector;          /* its first */
    __u64 queue_ns, device_ns;
    __u64 cgroup_id; /* whose pages a kernel thread wrote, 0: unknown */
    __u32 bytes;
    __u8 op, status; /* enum block_op; blk_status_t, 0: it worked */
    __u8 marks, pad;
    char comm[16];
    char disk[BLOCK_DISK_NAME];
};

_Static_assert(sizeof(struct block_slow) == 120, "wire layout");

/* I/O of one process, one device and one operation in one interval, on one CPU. */
struct block_key {
    __u64 start_ns, cgroup_id;
    __u32 pid;
    __u32 device; /* major << 20 | minor */
    __u32 op;
    __u32 cpu;
};

struct block_times { /* what was known of so many I/Os */
    __u64 total_ns, max_ns;
    struct histogram ns;
};

struct block_value {
    __u64 ios, bytes, errors, merges;
    struct block_times queue, device;
    struct histogram sizes;
    char disk[BLOCK_DISK_NAME];
    char comm[16];
};

/* Indices of the map "missed". */
enum block_missed { MISSED_TALLY, MISSED_INFLIGHT, MISSED_COUNT };
