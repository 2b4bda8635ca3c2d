#include "trace/probes/binary.h"

#include "base/arena.h"
#include "base/text.h"

#include <fnmatch.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_BYTES = 4096, CACHE_MAX = 16 << 20 };

/* What is put before a path to open it as the process does: "" without one, and in our own root. */
static void root_of(const struct expansion *e, char *root, size_t size)
{
    struct stat own;
    struct stat its;
    root[0] = '\0';
    if (!e->scope->pid)
        return;
    snprintf(root, size, "/proc/%d/root", (int)e->scope->pid);
    char here[64];
    char there[80];
    /* The same root directory of the same mounts: paths are paths. */
    ssize_t a = readlink("/proc/self/ns/mnt", here, sizeof here);
    snprintf(there, sizeof there, "/proc/%d/ns/mnt", (int)e->scope->pid);
    char other[64];
    ssize_t b = readlink(there, other, sizeof other);
    char slash[80];
    snprintf(slash, sizeof slash, "%s/", root);
    bool same = a > 0 && a == b && !memcmp(here, other, (size_t)a);
    if (same && !stat("/", &own) && !stat(slash, &its) && own.st_dev == its.st_dev && own.st_ino == its.st_ino)
        root[0] = '\0';
}

static bool is_file(const char *path)
{
    struct stat s;
    return !stat(path, &s) && S_ISREG(s.st_mode);
}

static struct binary *binary_new(struct expansion *e, const char *name, const char *path)
{
    struct arena *a = e->complaints->arena;
    struct binary *b = arena_alloc(a, sizeof *b);
    if (b)
        *b = (struct binary){arena_copy(a, name, strlen(name)), arena_copy(a, path, strlen(path)), NULL};
    return b && b->name && b->path ? b : NULL;
}

static struct binary *one_at(struct expansion *e, const char *root, const char *name)
{
    char path[PATH_BYTES];
    snprintf(path, sizeof path, "%s%s", name[0] == '/' ? root : "", name);
    return is_file(path) ? binary_new(e, name, path) : NULL;
}

static struct binary *matching(struct expansion *e, const char *root, const char *pattern)
{
    char path[PATH_BYTES];
    glob_t found;
    struct binary *first = NULL;
    struct binary **last = &first;
    snprintf(path, sizeof path, "%s%s", pattern[0] == '/' ? root : "", pattern);
    if (glob(path, 0, NULL, &found))
        return NULL;
    for (size_t i = 0; i < found.gl_pathc; i++) {
        const char *at = found.gl_pathv[i];
        if (!is_file(at))
            continue;
        *last = binary_new(e, pattern[0] == '/' ? at + strlen(root) : at, at);
        if (*last)
            last = &(*last)->next;
    }
    globfree(&found);
    return first;
}

static struct binary *of_path_variable(struct expansion *e, const char *root, const char *name)
{
    const char *list = getenv("PATH");
    for (const char *p = list ? list : "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"; *p;) {
        char path[PATH_BYTES];
        size_t n = strcspn(p, ":");
        snprintf(path, sizeof path, "%.*s/%s", (int)n, p, name);
        struct binary *b = n && p[0] == '/' ? one_at(e, root, path) : NULL;
        if (b)
            return b;
        p += n + (p[n] == ':');
    }
    return NULL;
}

static struct binary *of_cache(struct expansion *e, const char *root, const char *name)
{
    char path[PATH_BYTES];
    char block[65536];
    struct text cache = {.ceiling = CACHE_MAX};
    size_t n;
    snprintf(path, sizeof path, "%s/etc/ld.so.cache", root);
    FILE *f = fopen(path, "re");
    while (f && (n = fread(block, 1, sizeof block, f)) > 0)
        text_add(&cache, block, n);
    if (f)
        fclose(f);
    library_find(cache.bytes ? cache.bytes : "", cache.length, name, path, sizeof path);
    text_free(&cache);
    return path[0] ? one_at(e, root, path) : NULL;
}

/* A line of /proc/PID/maps: "start-end r-xp offset dev inode   path" */
static const char *mapped_path(char *line)
{
    line[strcspn(line, "\n")] = '\0';
    const char *path = strchr(line, '/');
    const char *mode = strchr(line, ' ');
    return path && mode && strnlen(mode, 5) == 5 && mode[3] == 'x' ? path : NULL;
}

static struct binary *mapped_by(struct expansion *e, const char *root, const char *pattern)
{
    char name[64];
    char line[PATH_BYTES + 128];
    struct binary *first = NULL;
    snprintf(name, sizeof name, "/proc/%d/maps", (int)e->scope->pid);
    FILE *maps = fopen(name, "re");
    while (maps && fgets(line, sizeof line, maps)) {
        const char *path = mapped_path(line);
        struct binary *seen = first;
        while (path && seen && strcmp(seen->name, path))
            seen = seen->next;
        struct binary *b = path && !seen && !fnmatch(pattern, path, 0) ? one_at(e, root, path) : NULL;
        if (!b)
            continue;
        b->next = first;
        first = b;
    }
    if (maps)
        fclose(maps);
    return first;
}

static void refuse(struct expansion *e, const char *text)
{
    if (strchr(text, '/'))
        missing(e, "there is no file %s%s", text, e->scope->pid ? " in the root of that process" : "");
    else if (!strcmp(text, "*"))
        missing(e, "all files of all processes are too many: give a process with -p, or a path");
    else {
        missing(e, "%s is no program in $PATH and no library in /etc/ld.so.cache", text);
        missing_hint(e, "a path works for every file: /usr/bin/%s", text);
    }
}

struct binary *binary_find(struct expansion *e, const char *text)
{
    char root[64];
    struct binary *b = NULL;
    root_of(e, root, sizeof root);
    if (e->scope->pid && (!strcmp(text, "*") || !text[0]))
        b = mapped_by(e, root, "*");
    else if (has_wildcard(text))
        b = strchr(text, '/') ? matching(e, root, text) : e->scope->pid ? mapped_by(e, root, text) : NULL;
    else if (strchr(text, '/'))
        b = one_at(e, root, text);
    else if (!(b = of_path_variable(e, root, text)))
        b = of_cache(e, root, text);
    if (!b)
        refuse(e, text);
    return b;
}
