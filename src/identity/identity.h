/* Who was it: the process tree, kept exact across pid reuse, with users, cgroups and containers.
 *
 * A process is named by (pid, start time on the boot clock). Exited processes are remembered for a while, so that events
 * that are decoded late still find them. One thread (the pipeline's) uses an identity. */
#pragma once
#include "base/err.h"
#include "table/batch.h"

#include <stdbool.h>
#include <stdint.h>

struct identity;

struct process {
    uint32_t pid, ppid;
    uint64_t start_ns;   /* boot clock, of the thread group's leader */
    uint64_t key;        /* identity_key(pid, start_ns) */
    uint64_t parent_key; /* 0: unknown */
    uint32_t uid, gid;   /* UINT32_MAX: unknown */
    uint64_t cgroup_id;
    int64_t exec_boot_ns; /* last exec seen, 0: none */
    int64_t exit_boot_ns; /* 0: alive */
    char comm[16];
    char *exe, *cwd, *args, *tty; /* owned; NULL: unknown. args: one shell-quoted string */
    uint32_t exe_length, cwd_length, args_length;
};

struct identity *identity_create(void);
void identity_destroy(struct identity *id);
/* Boot id, pid and start time in 64 bits; never 0. */
uint64_t identity_key(uint32_t pid, uint64_t start_ns);

/* Exact look-up; NULL when never seen. Borrowed until the next identity_expire. A start time that is a whole number of clock
 * ticks (10 ms; all that /proc tells) finds the process that started within that tick, and the other way round. */
struct process *identity_find(struct identity *id, uint32_t pid, uint64_t start_ns);
/* The newest process of that pid, alive or remembered; NULL. */
struct process *identity_newest(struct identity *id, uint32_t pid);
/* Finds or makes. NULL on no memory or at the ceiling of 524,288 processes (counted). A new one has only pid, start_ns and key
 * set; uid and gid are UINT32_MAX. Whoever had the pid before and was thought alive is marked as ended. */
struct process *identity_add(struct identity *id, uint32_t pid, uint64_t start_ns);
/* Replaces an owned string (exe, cwd, args, tty) of a process; at most 32 KiB are kept. `length` may be NULL (tty); `bytes` NULL: unknown.
 */
void identity_set_text(char **slot, uint32_t *length, const char *bytes, size_t n);
/* Marks the end of a process; it is remembered for at least 30 seconds (args and cwd for 3), the 65,536 youngest at most. */
void identity_exit(struct identity *id, struct process *p, int64_t boot_ns);
/* Forgets processes that ended long ago. Once a second. */
void identity_expire(struct identity *id, int64_t now_boot_ns);
/* Asks `alive` about the next `count` processes in turn and ends those that are gone: exit events may have been lost.
 * Once a second with some dozens; procfs_alive fits. */
void identity_sweep(struct identity *id, bool (*alive)(uint32_t pid, uint64_t start_ns), int64_t now_boot_ns, unsigned count);
uint64_t identity_refused(const struct identity *id); /* processes not added for want of memory or room */
size_t identity_count(const struct identity *id);     /* live processes */

/* Name of a user, "" when unknown. Borrowed until the next identity_load_users. */
const char *identity_user(struct identity *id, uint32_t uid);
/* Reads /etc/passwd's form from the start of the descriptor, which stays the caller's, and replaces what was known. 0 or -errno. */
int identity_load_users(struct identity *id, int passwd_fd);
/* Path of a cgroup by its cgroup2 id, "" when unknown; container id in it, "" when none. Borrowed until the next call about
 * cgroups. All that exist are known from the start; an unknown id looks at the hierarchy again, at most once a second. */
const char *identity_cgroup(struct identity *id, uint64_t cgroup_id);
const char *identity_container(struct identity *id, uint64_t cgroup_id);
/* From events of the kernel; the path is relative to the root of the hierarchy, from "/" on. */
void identity_cgroup_add(struct identity *id, uint64_t cgroup_id, const char *path);
void identity_cgroup_remove(struct identity *id, uint64_t cgroup_id);
/* The container id in a cgroup path (64 hex digits in any of the known forms), "" when none; the innermost of nested ones. */
void identity_parse_container(const char *path, char out[65]);

/* The columns that say whose a row is. A table places them with PROCESS_COLUMNS in its enum and COLUMNS_PROCESS in its array,
 * and fills them with identity_fill. */
#define PROCESS_COLUMNS(P) P##_PID, P##_PROCESS_KEY, P##_COMM, P##_EXE, P##_UID, P##_USER, P##_CONTAINER
#define COLUMNS_PROCESS(P)                                                                                                                 \
    [P##_PID] = {"pid", TYPE_U32, ROLE_IDENTITY, NULL, "process id (thread group), in the host's pid namespace"},                          \
    [P##_PROCESS_KEY] = {"process_key", TYPE_U64, ROLE_IDENTITY, NULL, "identity of the process: boot id, pid and start time in 64 bits"}, \
    [P##_COMM] = {"comm", TYPE_TEXT, ROLE_DIMENSION, NULL, "command name of the process, at most 15 bytes"},                               \
    [P##_EXE] = {"exe", TYPE_TEXT, ROLE_DIMENSION, NULL, "absolute path of the program"},                                                  \
    [P##_UID] = {"uid", TYPE_U32, ROLE_DIMENSION, NULL, "real user id, in the host's user namespace"},                                     \
    [P##_USER] = {"user", TYPE_TEXT, ROLE_DIMENSION, NULL, "name of that user in the host's /etc/passwd"},                                 \
    [P##_CONTAINER] = {"container", TYPE_TEXT, ROLE_IDENTITY, NULL, "container id, from the cgroup; NULL outside containers"}
/* Fills the seven columns from first_column on, for the row that was added last. `p` NULL: only pid and key are set (no key when
 * start_ns is 0). What is unknown stays NULL. 20 to 80 ns: strings are copied once per batch and process, not per row. */
void identity_fill(struct identity *id, struct batch *b, size_t first_column, const struct process *p, uint32_t pid, uint64_t start_ns);
/* The same by pid and start; a process that identity does not know gets the name that the kernel gave (may be empty). */
void identity_fill_named(struct identity *id, struct batch *b, size_t first_column, uint32_t pid, uint64_t start_ns, const char comm[16]);
