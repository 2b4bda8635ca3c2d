/* What the file collector's kernel programs and its decoder share: records of the ring, values of the maps. */
#pragma once
#include "bpf/event.h"

enum file_kind { FILE_OP = 1 };

enum file_op_name { /* what was asked for; the words are in decode.c */
                    OP_OPEN,
                    OP_CREATE,
                    OP_UNLINK,
                    OP_RMDIR,
                    OP_RENAME,
                    OP_LINK,
                    OP_SYMLINK,
                    OP_MKDIR,
                    OP_MKNOD,
                    OP_CHMOD,
                    OP_CHOWN,
                    OP_TRUNCATE,
                    OP_MOUNT,
                    OP_UMOUNT,
                    OP_COUNT,
};

enum file_mark {
    FILE_PATH_CUT = 1, /* the path lacks its beginning: deeper than what is walked */
    FILE_PATH2_CUT = 2,
    FILE_UNDECIDED = 4, /* the path filter needs the normalised path: to be applied by the decoder */
    FILE_HAS_FLAGS = 8,
};

enum {
    FILE_PATH_MAX = 4096,                /* of one path given by a process, with its NUL (PATH_MAX) */
    FILE_TEXT_LIMIT = 4 * FILE_PATH_MAX, /* two paths, each behind a directory; a power of two */
    FILE_TEXT_BYTES = FILE_TEXT_LIMIT + FILE_PATH_MAX + 256,
};

struct file_op {
    struct event_header h; /* boot_ns: when it returned */
    __s64 result;
    __u64 latency_ns;
    __u64 flags;
    __u64 value;                 /* mode; uid | gid << 32; new length; by op */
    __u16 op;                    /* enum file_op_name */
    __u16 marks;                 /* enum file_mark */
    __u16 path_size, path2_size; /* in text, one after the other, each with its NUL; 0: unknown */
    char comm[16];
    __u32 pad;
    __u32 key_bits;             /* together with text the key of the path filter (struct file_prefix): no copy for the look-up */
    char text[FILE_TEXT_BYTES]; /* sent as far as used */
};

_Static_assert(__builtin_offsetof(struct file_op, text) == __builtin_offsetof(struct file_op, key_bits) + 4, "trie key");

/* Key of the path filter, a trie of byte prefixes (BPF_MAP_TYPE_LPM_TRIE). A longer prefix is refused by the configuration. */
enum { FILE_PREFIX_BYTES = 124 };

struct file_prefix {
    __u32 bits;
    char bytes[FILE_PREFIX_BYTES];
};

enum file_verdict { VERDICT_NONE, VERDICT_INCLUDE, VERDICT_EXCLUDE };

/* The worker's word to the programs; all zero, as it starts, means: look at nothing. */
enum { FILE_SYSCALLS = 512, FILE_EXCLUDED_PIDS = 4, FILE_CALL_COMPAT = 0x80 };

struct file_control {
    __u8 call[FILE_SYSCALLS];       /* by system call number: index into calls[], | FILE_CALL_COMPAT: a file call in the 32-bit numbering */
    __u32 pids[FILE_EXCLUDED_PIDS]; /* the agent's own processes */
    __u32 ready;
    __u32 pad;
};

/* Reads and writes of one process in one interval, on one CPU. */
struct file_io_key {
    __u64 start_ns;
    __u32 pid;
    __u32 cpu;
};

enum file_io_side { SIDE_READ, SIDE_WRITE, SIDE_SYNC, SIDE_COUNT };
enum { FILE_IO_SLOTS = 6 }; /* latencies up to 10 us, 100 us, 1 ms, 10 ms, 100 ms, and slower */

struct file_io_counts {
    __u64 calls, errors, bytes, latency_ns, latency_max_ns;
    __u32 slots[FILE_IO_SLOTS];
};

struct file_io_value {
    struct file_io_counts side[SIDE_COUNT];
    char comm[16];
};

/* Indices of the map "missed", counts of what could not be seen. */
enum file_missed { MISSED_COMPAT, MISSED_IO_FULL, MISSED_ENTRY, MISSED_COUNT };
