/* Who was it: the process tree, kept exact across pid reuse, with users, cgroups and containers.
 *
 * A process is named by (pid, start time on the boot clock). Exited processes are remembered for a while, so that events
 * that are decoded late still find them. One thread (the pipeline's) uses an identity. */
#pragma once
#include "base/err.h"
#include "table/batch.h"

#include <stdint.h>

struct identity;

struct process {
    uint32_t pid, ppid;
    uint64_t start_ns;   /* boot clock, of the thread group's leader */
    uint64_t key;        /* identity_key(pid, start_ns) */
    uint64_t parent_key; /* 0: unknown */
    uint32_t uid, gid;
    uint64_t cgroup_id;
    int64_t exec_boot_ns;  /* last exec seen, 0: none */
    int64_t exit_boot_ns;  /* 0: alive */
    char comm[16];
    char *exe, *cwd, *args, *tty; /* owned; NULL: unknown. args: one shell-quoted string */
    uint32_t exe_length, cwd_length, args_length;
};

struct identity *identity_create(void);
void identity_destroy(struct identity *id);
/* Boot id, pid and start time in 64 bits; never 0. */
uint64_t identity_key(uint32_t pid, uint64_t start_ns);

/* Exact look-up; NULL when never seen. Borrowed until the next identity_expire. */
struct process *identity_find(struct identity *id, uint32_t pid, uint64_t start_ns);
/* The newest process of that pid, alive or remembered; NULL. */
struct process *identity_newest(struct identity *id, uint32_t pid);
/* Finds or makes. NULL on no memory. A new one has only pid, start_ns and key set. */
struct process *identity_add(struct identity *id, uint32_t pid, uint64_t start_ns);
/* Replaces an owned string (exe, cwd, args, tty) of a process. */
void identity_set_text(char **slot, uint32_t *length, const char *bytes, size_t n);
/* Marks the end of a process; it is remembered for some seconds. */
void identity_exit(struct identity *id, struct process *p, int64_t boot_ns);
/* Forgets processes that ended long ago. Once a second. */
void identity_expire(struct identity *id, int64_t now_boot_ns);
size_t identity_count(const struct identity *id); /* live processes */

/* Name of a user, "" when unknown. Borrowed. */
const char *identity_user(struct identity *id, uint32_t uid);
int identity_load_users(struct identity *id, int passwd_fd); /* reads /etc/passwd's form; the descriptor stays the caller's */
/* Path of a cgroup by its cgroup2 id, "" when unknown; container id in it, "" when none. Borrowed. */
const char *identity_cgroup(struct identity *id, uint64_t cgroup_id);
const char *identity_container(struct identity *id, uint64_t cgroup_id);
void identity_cgroup_add(struct identity *id, uint64_t cgroup_id, const char *path);
void identity_cgroup_remove(struct identity *id, uint64_t cgroup_id);
/* The container id in a cgroup path (64 hex digits in any of the known forms), "" when none. Writes at most 65 bytes. */
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
/* Fills the seven columns from first_column on, for the row that was added last. `p` NULL: only pid and key are set. */
void identity_fill(struct identity *id, struct batch *b, size_t first_column, const struct process *p, uint32_t pid, uint64_t start_ns);
