/* Listing the entries of a map, in the way that its type offers. */
#include "objects/maps.h"

#include <bpf/bpf.h>
#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

struct listing {
    const struct map_view *v;
    struct map_entry entry;
    void *key, *next, *value;
    bool (*fn)(void *arg, const struct map_entry *e);
    void *arg;
    bool stopped;
};

static bool is_per_cpu(enum bpf_map_type type)
{
    return type == BPF_MAP_TYPE_PERCPU_HASH || type == BPF_MAP_TYPE_PERCPU_ARRAY || type == BPF_MAP_TYPE_LRU_PERCPU_HASH ||
           type == BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE;
}

static int listing_open(struct listing *l, const struct map_view *v, struct err *why)
{
    size_t stride = is_per_cpu(v->type) ? (v->value_size + 7) / 8 * 8 : v->value_size;
    int cpus = is_per_cpu(v->type) ? libbpf_num_possible_cpus() : 0;
    if (cpus < 0)
        return err_set(why, -cpus, "the number of CPUs is not known: %s", strerror(-cpus));
    l->key = calloc(1, v->key_size + 8);
    l->next = calloc(1, v->key_size + 8);
    l->value = calloc(cpus ? (size_t)cpus : 1, stride + 8);
    l->v = v;
    l->entry = (struct map_entry){.key = l->key, .value = l->value, .cpus = (unsigned)cpus, .stride = stride};
    return l->key && l->next && l->value ? 0 : err_set(why, ENOMEM, "out of memory");
}

static void listing_close(struct listing *l)
{
    free(l->key);
    free(l->next);
    free(l->value);
}

static bool visit(struct listing *l)
{
    l->stopped = l->stopped || !l->fn(l->arg, &l->entry);
    return !l->stopped;
}

/* Keys one after the other. A key that is deleted meanwhile makes the kernel begin anew: there is a bound. */
static int list_keys(struct listing *l, struct err *why)
{
    const void *from = NULL;
    for (uint64_t i = 0; i < 2 * (uint64_t)l->v->max_entries + 16; i++) {
        if (bpf_map_get_next_key(l->v->fd, from, l->next)) {
            if (errno == ENOENT)
                return 0;
            return err_set(why, errno, "the kernel does not list it: %s", strerror(errno));
        }
        memcpy(l->key, l->next, l->v->key_size);
        from = l->key;
        int rc = bpf_map_lookup_elem(l->v->fd, l->key, l->value);
        l->entry.value = rc ? NULL : l->value; /* gone since, or a value that user space may not see */
        if ((!rc || rc == -ENOSPC) && !visit(l))
            return 0;
    }
    return 0;
}

static int list_indexes(struct listing *l, struct err *why)
{
    for (uint32_t i = 0; i < l->v->max_entries; i++) {
        memcpy(l->key, &i, sizeof i);
        int rc = bpf_map_lookup_elem(l->v->fd, l->key, l->value);
        if (rc == -ENOSPC)
            return err_set(why, ENOSPC, "the kernel shows its sockets only when their value_size is 8");
        if (rc && rc != -ENOENT)
            return err_set(why, -rc, "the kernel does not show it: %s", strerror(-rc));
        if (!rc && !visit(l))
            return 0;
    }
    return 0;
}

/* Taking is the only way to see more than the next element. */
static int list_queue(struct listing *l, struct err *why)
{
    (void)why;
    l->entry.key = NULL;
    for (uint32_t i = 0; i < l->v->max_entries; i++) {
        int rc = l->v->take ? bpf_map_lookup_and_delete_elem(l->v->fd, NULL, l->value) : bpf_map_lookup_elem(l->v->fd, NULL, l->value);
        if (rc || !visit(l) || !l->v->take)
            return 0;
    }
    return 0;
}

/* Storage is kept at things, not in the map: each thing is asked. */
static bool ask_thing(struct listing *l, int fd)
{
    if (fd < 0)
        return true;
    bool found = bpf_map_lookup_elem(l->v->fd, &fd, l->value) == 0;
    close(fd);
    return !found || visit(l);
}

static int list_tasks(struct listing *l, struct err *why)
{
    DIR *d = opendir("/proc");
    if (!d)
        return err_set(why, errno, "/proc: %s", strerror(errno));
    for (struct dirent *e; (e = readdir(d)) && !l->stopped;) {
        uint32_t pid = (uint32_t)strtoul(e->d_name, NULL, 10);
        if (!pid)
            continue;
        memcpy(l->key, &pid, sizeof pid);
        ask_thing(l, (int)syscall(SYS_pidfd_open, pid, 0));
    }
    closedir(d);
    return 0;
}

static struct listing *walking; /* nftw has no argument */

static int ask_cgroup(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
    (void)st;
    (void)ftw;
    if (kind != FTW_D)
        return 0;
    walking->entry.key_words = path;
    return !ask_thing(walking, open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

static int list_cgroups(struct listing *l, struct err *why)
{
    const char *root = access("/sys/fs/cgroup/unified/cgroup.controllers", F_OK) == 0 ? "/sys/fs/cgroup/unified" : "/sys/fs/cgroup";
    walking = l;
    int rc = nftw(root, ask_cgroup, 16, FTW_PHYS) < 0 ? err_set(why, errno, "%s: %s", root, strerror(errno)) : 0;
    walking = NULL;
    return rc;
}

static int list_nothing(struct listing *l, struct err *why)
{
    switch (l->v->type) {
    case BPF_MAP_TYPE_BLOOM_FILTER: return err_set(why, ENOTSUP, "a bloom filter can be asked for a value, not listed");
    case BPF_MAP_TYPE_RINGBUF:
    case BPF_MAP_TYPE_PERF_EVENT_ARRAY: return err_set(why, ENOTSUP, "its records are printed as they come");
    case BPF_MAP_TYPE_USER_RINGBUF: return err_set(why, ENOTSUP, "it brings records from user space to its programs");
    case BPF_MAP_TYPE_CGROUP_ARRAY: return err_set(why, ENOTSUP, "the kernel does not say which cgroups are in it");
    default: return err_set(why, ENOTSUP, "the kernel does not list maps of this type");
    }
}

static int list(struct listing *l, struct err *why)
{
    switch ((int)l->v->type) {
    case BPF_MAP_TYPE_ARRAY:
    case BPF_MAP_TYPE_PERCPU_ARRAY:
    case BPF_MAP_TYPE_PROG_ARRAY:
    case BPF_MAP_TYPE_ARRAY_OF_MAPS:
    case BPF_MAP_TYPE_DEVMAP:
    case BPF_MAP_TYPE_CPUMAP:
    case BPF_MAP_TYPE_XSKMAP:
    case BPF_MAP_TYPE_SOCKMAP:
    case BPF_MAP_TYPE_REUSEPORT_SOCKARRAY:
    case BPF_MAP_TYPE_STRUCT_OPS: return list_indexes(l, why);
    case BPF_MAP_TYPE_QUEUE:
    case BPF_MAP_TYPE_STACK: return list_queue(l, why);
    case BPF_MAP_TYPE_TASK_STORAGE: return list_tasks(l, why);
    case MAP_TYPE_CGRP_STORAGE: return list_cgroups(l, why);
    case BPF_MAP_TYPE_HASH:
    case BPF_MAP_TYPE_LRU_HASH:
    case BPF_MAP_TYPE_PERCPU_HASH:
    case BPF_MAP_TYPE_LRU_PERCPU_HASH:
    case BPF_MAP_TYPE_LPM_TRIE:
    case BPF_MAP_TYPE_HASH_OF_MAPS:
    case BPF_MAP_TYPE_DEVMAP_HASH:
    case BPF_MAP_TYPE_SOCKHASH:
    case BPF_MAP_TYPE_CGROUP_STORAGE:
    case BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE:
    case BPF_MAP_TYPE_STACK_TRACE: return list_keys(l, why);
    default: return list_nothing(l, why);
    }
}

int map_each(const struct map_view *v, bool (*fn)(void *arg, const struct map_entry *e), void *arg, struct err *why)
{
    struct listing l = {.fn = fn, .arg = arg};
    int rc = listing_open(&l, v, why);
    if (!rc)
        rc = list(&l, why);
    listing_close(&l);
    return rc;
}
