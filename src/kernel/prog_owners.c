/* Who holds a BPF program: the descriptors in /proc whose fdinfo names it. */
#include "kernel/progs.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* anon_inode:bpf-prog, anon_inode:bpf_link (Linux 6.11: bpf-link), anon_inode:[perf_event] says nothing of its program. */
static bool is_of_bpf(int dir_fd, const char *name)
{
    char target[64];
    ssize_t n = readlinkat(dir_fd, name, target, sizeof target - 1);
    if (n <= 0)
        return false;
    target[n] = '\0';
    return strstr(target, "bpf-prog") || strstr(target, "bpf_link") || strstr(target, "bpf-link");
}

/* The number after "prog_id:" in a file of /proc/PID/fdinfo; 0: none. */
static uint32_t prog_id_in(int dir_fd, const char *name)
{
    char text[2048];
    int fd = openat(dir_fd, name, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
    if (fd >= 0)
        close(fd);
    if (n <= 0)
        return 0;
    text[n] = '\0';
    const char *at = strstr(text, "prog_id:");
    return at ? (uint32_t)strtoul(at + strlen("prog_id:"), NULL, 10) : 0;
}

static struct prog_info *find(struct prog_info *progs, size_t n, uint32_t id)
{
    size_t low = 0;
    while (low < n) { /* ids grow */
        size_t middle = (low + n) / 2;
        if (progs[middle].id == id)
            return &progs[middle];
        if (progs[middle].id < id)
            low = middle + 1;
        else
            n = middle;
    }
    return NULL;
}

static void read_comm(int proc_fd, char comm[16])
{
    int fd = openat(proc_fd, "comm", O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, comm, 15);
    if (fd >= 0)
        close(fd);
    comm[n > 0 ? n : 0] = '\0';
    comm[strcspn(comm, "\n")] = '\0';
}

static void add_owner(struct prog_info *p, pid_t pid, int proc_fd)
{
    uint32_t last = p->n_owners < PROG_OWNERS ? p->n_owners : PROG_OWNERS;
    if (last && p->owners[last - 1].pid == pid) /* its link was seen already */
        return;
    if (p->n_owners < PROG_OWNERS) {
        p->owners[p->n_owners].pid = pid;
        read_comm(proc_fd, p->owners[p->n_owners].comm);
    }
    p->n_owners++;
}

static void look_at_process(struct prog_info *progs, size_t n, pid_t pid, int proc_fd)
{
    int links = openat(proc_fd, "fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC),
        info = openat(proc_fd, "fdinfo", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = links < 0 ? NULL : fdopendir(links);
    for (const struct dirent *e; dir && info >= 0 && (e = readdir(dir));) {
        uint32_t id = isdigit((unsigned char)*e->d_name) && is_of_bpf(dirfd(dir), e->d_name) ? prog_id_in(info, e->d_name) : 0;
        struct prog_info *p = id ? find(progs, n, id) : NULL;
        if (p)
            add_owner(p, pid, proc_fd);
    }
    if (dir)
        closedir(dir);
    if (info >= 0)
        close(info);
}

void progs_find_owners(struct prog_info *progs, size_t n)
{
    DIR *proc = opendir("/proc");
    for (const struct dirent *e; proc && (e = readdir(proc));) {
        if (!isdigit((unsigned char)*e->d_name))
            continue;
        int fd = openat(dirfd(proc), e->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0)
            continue;
        look_at_process(progs, n, (pid_t)strtol(e->d_name, NULL, 10), fd);
        close(fd);
    }
    if (proc)
        closedir(proc);
}
