#include "identity/procfs.h"

#include "identity/internal.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { STAT_BYTES = 1024, STATUS_BYTES = 4096, LINK_BYTES = 4096, CGROUP_BYTES = 16384 };

/* An open /proc/<pid> stays with its process: reads fail with ESRCH once it is gone, even if the pid is taken again. */
static int open_process(uint32_t pid)
{
    char path[32];
    snprintf(path, sizeof path, "/proc/%u", pid);
    int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    return fd < 0 ? -errno : fd;
}

/* Up to `size` bytes of a file in it; their number or -errno. */
static ssize_t read_file(int process, const char *name, char *buf, size_t size)
{
    int fd = openat(process, name, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    size_t have = 0;
    ssize_t n;
    while (have < size && ((n = read(fd, buf + have, size - have)) > 0 || (n < 0 && errno == EINTR)))
        have += n > 0 ? (size_t)n : 0;
    close(fd);
    return (ssize_t)have;
}

/* 0 or -errno. */
static int read_stat(int process, struct proc_stat *out)
{
    char buf[STAT_BYTES];
    ssize_t n = read_file(process, "stat", buf, sizeof buf);
    if (n < 0)
        return (int)n;
    return procfs_parse_stat(buf, (size_t)n, out) ? 0 : -ESRCH;
}

int64_t procfs_start_ticks(uint32_t pid)
{
    struct proc_stat st;
    int process = open_process(pid);
    if (process < 0)
        return process;
    int rc = read_stat(process, &st);
    close(process);
    return rc ? rc : (int64_t)st.start_ticks;
}

/* Where /proc is mounted with hidepid, what is not seen may still live. There always is a pid 1. */
static bool sees_others(void)
{
    return access("/proc/1", F_OK) == 0;
}

bool procfs_alive(uint32_t pid, uint64_t start_ns)
{
    int64_t ticks = procfs_start_ticks(pid);
    if (ticks >= 0)
        return (uint64_t)ticks == start_ns / TICK_NS;
    return (ticks != -ESRCH && ticks != -ENOENT) || !sees_others();
}

static void fill_stat(struct process *p, const struct proc_stat *st)
{
    char tty[32];
    p->ppid = st->ppid;
    memcpy(p->comm, st->comm, sizeof p->comm);
    procfs_tty_name(st->tty_major, st->tty_minor, tty, sizeof tty);
    identity_set_text(&p->tty, NULL, *tty ? tty : NULL, strlen(tty));
}

static void fill_owner(struct process *p, int process)
{
    char buf[STATUS_BYTES];
    ssize_t n = read_file(process, "status", buf, sizeof buf);
    if (n > 0)
        procfs_parse_owner(buf, (size_t)n, &p->uid, &p->gid);
}

static void fill_args(struct process *p, int process)
{
    char buf[PROCFS_MAX_ARGS];
    struct text t = {.ceiling = MAX_TEXT_BYTES};
    ssize_t n = read_file(process, "cmdline", buf, sizeof buf);
    if (n > 0)
        procfs_parse_args(buf, (size_t)n, &t);
    if (t.length)
        identity_set_text(&p->args, &p->args_length, t.bytes, t.length);
    text_free(&t);
}

static void fill_cgroup(struct identity *id, struct process *p, int process)
{
    char buf[CGROUP_BYTES], path[MAX_CGROUP_PATH];
    ssize_t n = read_file(process, "cgroup", buf, sizeof buf);
    uint64_t cgroup = n > 0 && procfs_parse_cgroup(buf, (size_t)n, path, sizeof path) ? cgroups_id_of(&id->cgroups, path) : 0;
    if (cgroup)
        p->cgroup_id = cgroup;
}

/* A program that was replaced on disk reads as "/usr/bin/x (deleted)": it is named by where it was. */
static int read_link(uint32_t pid, procfs_link_fn link_fn, void *arg, enum proc_link which, char *buf)
{
    static const char deleted[] = " (deleted)";
    int n = link_fn(arg, pid, which, buf, LINK_BYTES), tail = sizeof deleted - 1;
    return n > tail && !memcmp(buf + n - tail, deleted, (size_t)tail) ? n - tail : n;
}

/* The links are read by pid, elsewhere: only if the process is still there afterwards were they its own. */
static void fill_links(struct process *p, int process, procfs_link_fn link_fn, void *arg)
{
    char exe[LINK_BYTES], cwd[LINK_BYTES];
    struct proc_stat st;
    int n_exe = read_link(p->pid, link_fn, arg, PROC_EXE, exe);
    int n_cwd = read_link(p->pid, link_fn, arg, PROC_CWD, cwd);
    if (read_stat(process, &st) != 0)
        return;
    if (n_exe > 0)
        identity_set_text(&p->exe, &p->exe_length, exe, (size_t)n_exe);
    if (n_cwd > 0)
        identity_set_text(&p->cwd, &p->cwd_length, cwd, (size_t)n_cwd);
}

int procfs_read(struct identity *id, struct process *fill, procfs_link_fn link_fn, void *arg)
{
    struct proc_stat st;
    int process = open_process(fill->pid);
    if (process < 0)
        return -ESRCH;
    bool same = read_stat(process, &st) == 0 && st.start_ticks == fill->start_ns / TICK_NS;
    if (same) {
        fill_stat(fill, &st);
        fill_owner(fill, process);
        fill_args(fill, process);
        fill_cgroup(id, fill, process);
        if (link_fn)
            fill_links(fill, process, link_fn, arg);
    }
    close(process);
    return same ? 0 : -ESRCH;
}

static bool parse_pid(const char *name, uint32_t *pid)
{
    char *end;
    unsigned long v = name[0] >= '1' && name[0] <= '9' ? strtoul(name, &end, 10) : 0;
    *pid = (uint32_t)v;
    return v && v <= UINT32_MAX && !*end;
}

int procfs_each_pid(bool (*fn)(void *arg, uint32_t pid), void *arg)
{
    DIR *dir = opendir("/proc");
    if (!dir)
        return -errno;
    uint32_t pid;
    for (struct dirent *entry; (entry = readdir(dir));)
        if (parse_pid(entry->d_name, &pid) && !fn(arg, pid))
            break;
    closedir(dir);
    return 0;
}

struct scan {
    struct identity *id;
    procfs_link_fn link_fn;
    void *arg;
    int count;
};

static bool scan_one(void *arg, uint32_t pid)
{
    struct scan *s = arg;
    int64_t ticks = procfs_start_ticks(pid);
    struct process *p = ticks >= 0 ? identity_add(s->id, pid, (uint64_t)ticks * TICK_NS) : NULL;
    if (p && procfs_read(s->id, p, s->link_fn, s->arg) == 0)
        s->count++;
    return true;
}

static bool link_parent(void *arg, uint32_t pid)
{
    struct identity *id = arg;
    struct process *p = identity_newest(id, pid), *parent = p ? identity_newest(id, p->ppid) : NULL;
    if (p && !p->parent_key && parent && parent->start_ns <= p->start_ns)
        p->parent_key = parent->key;
    return true;
}

int procfs_scan(struct identity *id, procfs_link_fn link_fn, void *arg)
{
    struct scan s = {.id = id, .link_fn = link_fn, .arg = arg};
    int rc = procfs_each_pid(scan_one, &s);
    if (rc == 0)
        rc = procfs_each_pid(link_parent, id);
    return rc ? rc : s.count;
}
