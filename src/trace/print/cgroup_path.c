/* cgroup ids are the inode numbers of their directories, and file handles of that file system hold nothing else: the kernel opens the
 * directory by its id (open_by_handle_at(2)), whose path is then read. */
#include "trace/print/names.h"

#include <fcntl.h>
#include <fnmatch.h>
#include <mntent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { HIERARCHIES_MAX = 32, HANDLE_OF_KERNFS = 0xfe /* FILEID_KERNFS, include/linux/exportfs.h */ };

struct hierarchy {
    char name[64];
    char *mounted_at;
};

/* A directory of the hierarchy by its id. -1: there is none. */
static int open_id(const char *mounted_at, uint64_t id)
{
    union {
        struct file_handle head;
        char bytes[sizeof(struct file_handle) + sizeof id];
    } handle = {.head = {.handle_bytes = sizeof id, .handle_type = HANDLE_OF_KERNFS}};
    memcpy(handle.bytes + sizeof(struct file_handle), &id, sizeof id);
    int root = open(mounted_at, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (root < 0)
        return -1;
    int fd = open_by_handle_at(root, &handle.head, O_RDONLY | O_CLOEXEC);
    close(root);
    return fd;
}

static void add_path(const struct hierarchy *h, uint64_t id, struct text *out)
{
    char link[64], path[4096];
    int fd = open_id(h->mounted_at, id);
    if (fd < 0)
        return;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, path, sizeof path);
    close(fd);
    size_t prefix = strlen(h->mounted_at);
    if (n < (ssize_t)prefix || memcmp(path, h->mounted_at, prefix) != 0)
        return;
    text_addf(out, "%s%s:", out->length ? "," : "", h->name);
    text_add(out, path + prefix, (size_t)n - prefix);
    if ((size_t)n == prefix)
        text_addc(out, '/');
}

/* The second version is called unified, wherever it is mounted; the others by the last part of where they are. */
static bool hierarchy_of(const struct mntent *m, struct hierarchy *h)
{
    bool is_unified = strcmp(m->mnt_type, "cgroup2") == 0;
    if (!is_unified && strcmp(m->mnt_type, "cgroup") != 0)
        return false;
    const char *last = strrchr(m->mnt_dir, '/');
    snprintf(h->name, sizeof h->name, "%s", is_unified ? "unified" : last ? last + 1 : m->mnt_dir);
    h->mounted_at = strdup(m->mnt_dir);
    return h->mounted_at;
}

static int by_name(const void *a, const void *b)
{
    const struct hierarchy *x = a, *y = b;
    int first = strcmp(x->name, "unified") == 0, second = strcmp(y->name, "unified") == 0;
    return first != second ? second - first : strcmp(x->name, y->name);
}

static size_t hierarchies(struct hierarchy all[HIERARCHIES_MAX])
{
    char room[4096];
    struct mntent entry;
    size_t n = 0;
    FILE *mounts = setmntent("/proc/self/mounts", "re");
    while (mounts && n < HIERARCHIES_MAX && getmntent_r(mounts, &entry, room, sizeof room))
        n += hierarchy_of(&entry, &all[n]);
    if (mounts)
        endmntent(mounts);
    qsort(all, n, sizeof *all, by_name);
    return n;
}

void name_cgroup_path(uint64_t id, const char *glob, struct text *out)
{
    struct hierarchy all[HIERARCHIES_MAX];
    struct text paths = {0};
    size_t n = hierarchies(all);
    for (size_t i = 0; i < n; i++) {
        bool is_again = i && strcmp(all[i].name, all[i - 1].name) == 0; /* mounted twice */
        if (!is_again && (!glob || fnmatch(glob, all[i].name, 0) == 0))
            add_path(&all[i], id, &paths);
    }
    for (size_t i = 0; i < n; i++)
        free(all[i].mounted_at);
    text_add(out, paths.bytes ? paths.bytes : "", paths.length);
    text_free(&paths);
}
