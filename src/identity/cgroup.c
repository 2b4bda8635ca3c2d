/* Cgroup ids to paths. A cgroup2 directory's inode number is its id; ids are never used twice within a boot. */
#include "identity/internal.h"

#include "base/clock.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void cgroup_free(struct cgroup *g)
{
    free(g->path);
    free(g);
}

static void forget_oldest(struct cgroups *c)
{
    struct cgroup *g = c->gone;
    c->gone = g->next_gone;
    if (!c->gone)
        c->gone_last = NULL;
    c->n_gone--;
    g->listed = false;
    g->next_gone = NULL;
    if (g->gone) {
        map_take(&c->by_id, g->id);
        cgroup_free(g);
    }
}

static void mark_gone(struct cgroups *c, struct cgroup *g)
{
    g->gone = true;
    c->n_live--;
    if (g->listed)
        return;
    g->listed = true;
    if (c->gone_last)
        c->gone_last->next_gone = g;
    else
        c->gone = g;
    c->gone_last = g;
    c->n_gone++;
}

static struct cgroup *cgroup_new(struct cgroups *c, uint64_t id)
{
    struct cgroup *g = c->n_live < MAX_CGROUPS ? calloc(1, sizeof *g) : NULL;
    int failed = 0;
    if (g) {
        g->id = id;
        map_put(&c->by_id, id, g, &failed);
        if (!failed) {
            c->n_live++;
            return g;
        }
        free(g);
    }
    return NULL;
}

static struct cgroup *cgroup_set(struct cgroups *c, uint64_t id, const char *path)
{
    struct cgroup *g = map_get(&c->by_id, id);
    char *copy = strndup(path, MAX_CGROUP_PATH);
    if (!copy || (!g && !(g = cgroup_new(c, id)))) {
        free(copy);
        return NULL;
    }
    if (g->gone) {
        g->gone = false;
        c->n_live++;
    }
    free(g->path);
    g->path = copy;
    g->seen = c->scans;
    identity_parse_container(copy, g->container);
    return g;
}

void identity_cgroup_add(struct identity *id, uint64_t cgroup_id, const char *path)
{
    cgroup_set(&id->cgroups, cgroup_id, path);
    id->version++;
}

static void trim_gone(struct cgroups *c)
{
    while (c->n_gone > MAX_CGROUPS_GONE)
        forget_oldest(c);
}

void identity_cgroup_remove(struct identity *id, uint64_t cgroup_id)
{
    struct cgroup *g = map_get(&id->cgroups.by_id, cgroup_id);
    if (g && !g->gone)
        mark_gone(&id->cgroups, g);
    trim_gone(&id->cgroups);
}

struct walk {
    struct cgroups *c;
    char path[MAX_CGROUP_PATH];
};

static void walk_directory(struct walk *w, int fd, size_t length, unsigned depth);

static void walk_entry(struct walk *w, int parent, const struct dirent *entry, size_t length, unsigned depth)
{
    size_t n = strlen(entry->d_name);
    if (entry->d_type != DT_DIR || entry->d_name[0] == '.' || length + n + 2 > sizeof w->path)
        return;
    w->path[length] = '/';
    memcpy(w->path + length + 1, entry->d_name, n + 1);
    cgroup_set(w->c, entry->d_ino, w->path);
    if (depth < MAX_CGROUP_DEPTH)
        walk_directory(w, openat(parent, entry->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC), length + 1 + n, depth + 1);
    w->path[length] = '\0';
}

static void walk_directory(struct walk *w, int fd, size_t length, unsigned depth)
{
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    if (!dir) { /* removed in between */
        if (fd >= 0)
            close(fd);
        return;
    }
    for (struct dirent *entry; (entry = readdir(dir));)
        walk_entry(w, fd, entry, length, depth);
    closedir(dir);
}

static void scan(struct identity *id)
{
    struct cgroups *c = &id->cgroups;
    struct walk w = {.c = c};
    struct stat st;
    c->scanned_mono_ns = clock_mono_ns();
    if (!c->mount || stat(c->mount, &st) != 0)
        return;
    c->scans++;
    cgroup_set(c, st.st_ino, "/");
    walk_directory(&w, open(c->mount, O_RDONLY | O_DIRECTORY | O_CLOEXEC), 0, 0);
    size_t at = 0;
    uint64_t key;
    void *value;
    while (map_next(&c->by_id, &at, &key, &value)) {
        struct cgroup *g = value;
        if (!g->gone && g->seen != c->scans)
            mark_gone(c, g);
    }
    trim_gone(c);
    id->version++;
}

/* An id that no scan knows was removed before we looked. It is remembered as such, so that it costs one scan only. */
static struct cgroup *look_again(struct identity *id, uint64_t cgroup_id)
{
    struct cgroups *c = &id->cgroups;
    if (clock_mono_ns() - c->scanned_mono_ns < NS_PER_S)
        return NULL;
    scan(id);
    struct cgroup *g = map_get(&c->by_id, cgroup_id);
    if (!g && (g = cgroup_set(c, cgroup_id, "")))
        mark_gone(c, g);
    return g;
}

static struct cgroup *cgroup_find(struct identity *id, uint64_t cgroup_id)
{
    struct cgroup *g = cgroup_id ? map_get(&id->cgroups.by_id, cgroup_id) : NULL;
    return g || !cgroup_id ? g : look_again(id, cgroup_id);
}

const char *identity_cgroup(struct identity *id, uint64_t cgroup_id)
{
    struct cgroup *g = cgroup_find(id, cgroup_id);
    return g ? g->path : "";
}

const char *identity_container(struct identity *id, uint64_t cgroup_id)
{
    struct cgroup *g = cgroup_find(id, cgroup_id);
    return g ? g->container : "";
}

uint64_t cgroups_id_of(const struct cgroups *c, const char *path)
{
    char full[2 * MAX_CGROUP_PATH];
    struct stat st;
    if (!c->mount || (size_t)snprintf(full, sizeof full, "%s%s", c->mount, path) >= sizeof full)
        return 0;
    return stat(full, &st) == 0 ? st.st_ino : 0;
}

void cgroups_start(struct identity *id)
{
    struct text t = {.ceiling = 16 << 20};
    char mount[MAX_CGROUP_PATH];
    if (slurp("/proc/self/mountinfo", &t) == 0 && t.length && cgroups_parse_mount(t.bytes, t.length, mount, sizeof mount))
        id->cgroups.mount = strdup(mount);
    text_free(&t);
    scan(id);
}

void cgroups_finish(struct cgroups *c)
{
    size_t at = 0;
    uint64_t key;
    void *value;
    while (map_next(&c->by_id, &at, &key, &value))
        cgroup_free(value);
    map_free(&c->by_id);
    free(c->mount);
}
