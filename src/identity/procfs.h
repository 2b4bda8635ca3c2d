/* What /proc tells about processes. Exact start times come from the kernel's iterator; this supplies the rest (arguments, program,
 * working directory, terminal), and stands in when there is no iterator. Formats: proc(5). */
#pragma once
#include "base/text.h"
#include "identity/identity.h"
#include "kernel/broker.h"

#include <stdbool.h>
#include <stdint.h>

enum { PROCFS_MAX_ARGS = 4096 }; /* bytes of /proc/<pid>/cmdline that are read */

/* Where /proc/<pid>/{exe,cwd} points: reading those links takes a privilege that only the broker has. Writes at most `size` bytes,
 * NUL-terminated, and returns their number without the NUL, or -errno. NULL instead of a function: exe and cwd stay unknown. */
typedef int (*procfs_link_fn)(void *arg, uint32_t pid, enum proc_link which, char *buf, size_t size);

/* Fills ppid, uid, gid, comm, args, exe, cwd, tty and cgroup_id of a process that identity knows. -ESRCH when it is gone or when
 * another process has its pid by now (then nothing is changed), else 0; what could not be read stays as it was. */
int procfs_read(struct identity *id, struct process *fill, procfs_link_fn link_fn, void *arg);
/* Start time in clock ticks since boot (10 ms each), or -errno. start_ns / 10,000,000 of the same process is equal. */
int64_t procfs_start_ticks(uint32_t pid);
/* Whether that very process still exists, as a zombie too; true as well when /proc does not let us see. For identity_sweep. */
bool procfs_alive(uint32_t pid, uint64_t start_ns);
/* Calls fn for each process until it returns false. 0 or -errno. */
int procfs_each_pid(bool (*fn)(void *arg, uint32_t pid), void *arg);
/* Adds and fills every process, with parents. Those that identity does not know yet get start times in whole ticks.
 * Returns how many there were, or -errno. */
int procfs_scan(struct identity *id, procfs_link_fn link_fn, void *arg);
/* "pts/3" for a terminal's device number, "136:3"-like for an unknown kind, "" for 0. Writes at most `size` bytes.
 * Majors: Documentation/admin-guide/devices.txt. */
void procfs_tty_name(uint32_t major, uint32_t minor, char *out, size_t size);

/* Pure parsers of whole files. False when the text is not of the form. */

struct proc_stat {
    uint32_t pid, ppid;
    char state;
    char comm[16];
    uint32_t tty_major, tty_minor;
    uint64_t start_ticks;
};
bool procfs_parse_stat(const char *bytes, size_t n, struct proc_stat *out);
/* Real uid and gid of /proc/<pid>/status. */
bool procfs_parse_owner(const char *bytes, size_t n, uint32_t *uid, uint32_t *gid);
/* NUL-separated arguments as shell words. The last one may be cut. */
void procfs_parse_args(const char *bytes, size_t n, struct text *out);
/* The cgroup2 path in /proc/<pid>/cgroup (its "0::" line). */
bool procfs_parse_cgroup(const char *bytes, size_t n, char *out, size_t size);
