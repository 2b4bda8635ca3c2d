/* The system calls that the file collector follows, as data: which argument is what. Numbers are x86-64's (asm/unistd_64.h).
 * Kernel programs take the arguments by this table; the worker makes the table of numbers from it. */
#pragma once
#include "collectors/file/file.wire.h"

enum call_kind { CALL_NONE, CALL_OP, CALL_IO };

enum {                 /* special argument indices */
       ARG_NONE = 7,   /* reads as 0 */
       ARG_RESULT = 6, /* the descriptor that the call returned */
};

enum call_trait {
    TRAIT_HOW = 1,      /* flags and mode lie in a struct open_how at argument `flags` (openat2) */
    TRAIT_CREAT = 2,    /* flags are O_CREAT | O_WRONLY | O_TRUNC (creat) */
    TRAIT_OWNER = 4,    /* value is uid, the next argument gid */
    TRAIT_TEXT2 = 8,    /* the second path is a text that nobody resolves (target of a symlink, source of a mount) */
    TRAIT_NO_PATH = 16, /* the path is that of the descriptor dirfd */
    TRAIT_CWD = 32,     /* first path relative to the working directory */
    TRAIT_CWD2 = 64,    /* second path, likewise */
    TRAIT_VFS = 128,    /* also seen inside the kernel, by the hook "vfs", when it has a way */
};

struct file_call {
    __u8 kind, op; /* enum call_kind; enum file_op_name or file_io_side */
    __u8 dirfd, path, dirfd2, path2, flags, value;
    __u8 traits;
};

/* X(number, op, dirfd, path, dirfd2, path2, flags, value, traits); _ is ARG_NONE */
#define FILE_OP_CALLS(X, _)                                                                                                                \
    X(2, OP_OPEN, _, 0, _, _, 1, 2, TRAIT_CWD)                     /* open */                                                              \
    X(257, OP_OPEN, 0, 1, _, _, 2, 3, 0)                           /* openat */                                                            \
    X(437, OP_OPEN, 0, 1, _, _, 2, _, TRAIT_HOW)                   /* openat2 */                                                           \
    X(85, OP_OPEN, _, 0, _, _, _, 1, TRAIT_CWD | TRAIT_CREAT)      /* creat */                                                             \
    X(304, OP_OPEN, ARG_RESULT, _, _, _, 2, _, TRAIT_NO_PATH)      /* open_by_handle_at */                                                 \
    X(87, OP_UNLINK, _, 0, _, _, _, _, TRAIT_CWD)                  /* unlink */                                                            \
    X(263, OP_UNLINK, 0, 1, _, _, 2, _, 0)                         /* unlinkat; AT_REMOVEDIR makes it OP_RMDIR */                          \
    X(84, OP_RMDIR, _, 0, _, _, _, _, TRAIT_CWD)                   /* rmdir */                                                             \
    X(82, OP_RENAME, _, 0, _, 1, _, _, TRAIT_CWD | TRAIT_CWD2)     /* rename */                                                            \
    X(264, OP_RENAME, 0, 1, 2, 3, _, _, 0)                         /* renameat */                                                          \
    X(316, OP_RENAME, 0, 1, 2, 3, 4, _, 0)                         /* renameat2 */                                                         \
    X(86, OP_LINK, _, 0, _, 1, _, _, TRAIT_CWD | TRAIT_CWD2)       /* link */                                                              \
    X(265, OP_LINK, 0, 1, 2, 3, 4, _, 0)                           /* linkat */                                                            \
    X(88, OP_SYMLINK, _, 1, _, 0, _, _, TRAIT_CWD | TRAIT_TEXT2)   /* symlink */                                                           \
    X(266, OP_SYMLINK, 1, 2, _, 0, _, _, TRAIT_TEXT2)              /* symlinkat */                                                         \
    X(83, OP_MKDIR, _, 0, _, _, _, 1, TRAIT_CWD)                   /* mkdir */                                                             \
    X(258, OP_MKDIR, 0, 1, _, _, _, 2, 0)                          /* mkdirat */                                                           \
    X(133, OP_MKNOD, _, 0, _, _, _, 1, TRAIT_CWD)                  /* mknod */                                                             \
    X(259, OP_MKNOD, 0, 1, _, _, _, 2, 0)                          /* mknodat */                                                           \
    X(90, OP_CHMOD, _, 0, _, _, _, 1, TRAIT_CWD)                   /* chmod */                                                             \
    X(91, OP_CHMOD, 0, _, _, _, _, 1, TRAIT_NO_PATH)               /* fchmod */                                                            \
    X(268, OP_CHMOD, 0, 1, _, _, _, 2, 0)                          /* fchmodat */                                                          \
    X(452, OP_CHMOD, 0, 1, _, _, 3, 2, 0)                          /* fchmodat2 */                                                         \
    X(92, OP_CHOWN, _, 0, _, _, _, 1, TRAIT_CWD | TRAIT_OWNER)     /* chown */                                                             \
    X(93, OP_CHOWN, 0, _, _, _, _, 1, TRAIT_NO_PATH | TRAIT_OWNER) /* fchown */                                                            \
    X(94, OP_CHOWN, _, 0, _, _, _, 1, TRAIT_CWD | TRAIT_OWNER)     /* lchown */                                                            \
    X(260, OP_CHOWN, 0, 1, _, _, 4, 2, TRAIT_OWNER)                /* fchownat */                                                          \
    X(76, OP_TRUNCATE, _, 0, _, _, _, 1, TRAIT_CWD)                /* truncate */                                                          \
    X(77, OP_TRUNCATE, 0, _, _, _, _, 1, TRAIT_NO_PATH)            /* ftruncate */                                                         \
    X(165, OP_MOUNT, _, 1, _, 0, 3, _, TRAIT_CWD | TRAIT_TEXT2)    /* mount */                                                             \
    X(429, OP_MOUNT, 2, 3, 0, 1, _, _, 0)                          /* move_mount */                                                        \
    X(166, OP_UMOUNT, _, 0, _, _, 1, _, TRAIT_CWD)                 /* umount2 */

/* X(number, side, descriptor, other descriptor, traits): calls that move bytes. With two descriptors, one that is read and one
 * that is written: sendfile, copy_file_range, splice. */
#define FILE_IO_CALLS(X, _)                                                                                                                \
    X(0, SIDE_READ, 0, _, TRAIT_VFS)   /* read */                                                                                          \
    X(17, SIDE_READ, 0, _, TRAIT_VFS)  /* pread64 */                                                                                       \
    X(19, SIDE_READ, 0, _, 0)          /* readv */                                                                                         \
    X(295, SIDE_READ, 0, _, 0)         /* preadv */                                                                                        \
    X(327, SIDE_READ, 0, _, 0)         /* preadv2 */                                                                                       \
    X(1, SIDE_WRITE, 0, _, TRAIT_VFS)  /* write */                                                                                         \
    X(18, SIDE_WRITE, 0, _, TRAIT_VFS) /* pwrite64 */                                                                                      \
    X(20, SIDE_WRITE, 0, _, 0)         /* writev */                                                                                        \
    X(296, SIDE_WRITE, 0, _, 0)        /* pwritev */                                                                                       \
    X(328, SIDE_WRITE, 0, _, 0)        /* pwritev2 */                                                                                      \
    X(40, SIDE_READ, 1, 0, 0)          /* sendfile */                                                                                      \
    X(326, SIDE_READ, 0, 2, 0)         /* copy_file_range */                                                                               \
    X(275, SIDE_READ, 0, 2, 0)         /* splice */                                                                                        \
    X(74, SIDE_SYNC, 0, _, 0)          /* fsync */                                                                                         \
    X(75, SIDE_SYNC, 0, _, 0)          /* fdatasync */

/* Numbers of the same path calls in the 32-bit numbering (asm/unistd_32.h). They are counted, not decoded. */
#define FILE_COMPAT_CALLS                                                                                                                  \
    5, 8, 9, 10, 14, 15, 16, 21, 22, 38, 39, 40, 52, 83, 92, 93, 94, 95, 182, 193, 194, 198, 207, 212, 295, 296, 297, 298, 301, 302, 303,  \
        304, 306, 342, 353, 429, 437, 452

#define CALL_OP_ENTRY(number, op, dirfd, path, dirfd2, path2, flags, value, traits)                                                        \
    {CALL_OP, op, dirfd, path, dirfd2, path2, flags, value, traits},
#define CALL_IO_ENTRY(number, side, fd, fd2, traits) {CALL_IO, side, fd, ARG_NONE, fd2, ARG_NONE, ARG_NONE, ARG_NONE, traits},

/* Index 0 is no call. */
static const struct file_call file_calls[] = {{0}, FILE_OP_CALLS(CALL_OP_ENTRY, ARG_NONE) FILE_IO_CALLS(CALL_IO_ENTRY, ARG_NONE)};

enum { FILE_CALLS = sizeof file_calls / sizeof file_calls[0] };
_Static_assert((int)FILE_CALLS < (int)FILE_CALL_COMPAT, "index and mark share a byte");
