/* The arguments of a tracepoint, from tracefs. */
#include "base/names.h"
#include "kernel/tracefs.h"
#include "trace/types/inside.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FORMAT_MAX_BYTES = 1 << 20, PATH_BYTES = 512, NEAR_MAX = 4096 };

static const char *events_folder(void)
{
    static const char *const folders[] = {"/sys/kernel/tracing/events", "/sys/kernel/debug/tracing/events"};
    for (int again = 0; again < 2; again++) {
        for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
            if (access(folders[i], F_OK) == 0)
                return folders[i];
        tracefs_ensure();
    }
    return NULL;
}

static int read_file(const char *path, struct text *out)
{
    char bytes[4096];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    ssize_t n;
    while ((n = read(fd, bytes, sizeof bytes)) > 0 || (n < 0 && errno == EINTR))
        text_add(out, bytes, n > 0 ? (size_t)n : 0);
    int code = n < 0 ? -errno : out->full ? -EFBIG : 0;
    close(fd);
    return code;
}

struct listing {
    char *names[NEAR_MAX];
    size_t count;
};

static const char *listed_at(const void *arg, size_t i)
{
    const struct listing *l = arg;
    return i < l->count ? l->names[i] : NULL;
}

static void list_folder(const char *path, struct listing *l)
{
    DIR *folder = opendir(path);
    for (struct dirent *d; folder && l->count < NEAR_MAX && (d = readdir(folder));)
        if (d->d_name[0] != '.' && (l->names[l->count] = strdup(d->d_name)))
            l->count++;
    if (folder)
        closedir(folder);
}

/* Says that the name is not in the folder, and which one is near. */
static int refuse_name(const char *folder, const char *what, const char *name, struct err *why)
{
    struct listing *l = calloc(1, sizeof *l);
    const char *near = NULL;
    if (l) {
        list_folder(folder, l);
        near = names_nearest((struct names){listed_at, l}, name);
    }
    int code = near ? err_set(why, ENOENT, "this kernel has no %s \"%.100s\" (did you mean \"%s\"?)", what, name, near)
                    : err_set(why, ENOENT, "this kernel has no %s \"%.100s\"", what, name);
    for (size_t i = 0; l && i < l->count; i++)
        free(l->names[i]);
    free(l);
    return code;
}

static bool is_plain(const char *name)
{
    return *name && *name != '.' && strlen(name) < 128 && !strchr(name, '/');
}

static int refuse(const char *events, const char *category, const char *name, int code, struct err *why)
{
    char path[PATH_BYTES];
    if (code == -EACCES || code == -EPERM)
        return err_set(why, -code, "%s/%s/%s/format may not be read: run as root", events, category, name);
    if (code != -ENOENT && code != -ENOTDIR)
        return err_set(why, -code, "%s/%s/%s/format cannot be read: %s", events, category, name, strerror(-code));
    snprintf(path, sizeof path, "%s/%s", events, category);
    if (access(path, F_OK))
        return refuse_name(events, "tracepoint category", category, why);
    return refuse_name(path, "tracepoint", name, why);
}

static const struct value_type *read_format(struct types *t, const char *category, const char *name, struct err *why)
{
    char path[PATH_BYTES];
    struct text text = {.ceiling = FORMAT_MAX_BYTES};
    const struct value_type *type = NULL;
    const char *events = events_folder();
    if (!events)
        err_set(why, ENOENT, "tracefs is not mounted, and could not be: mount -t tracefs tracefs /sys/kernel/tracing");
    else if (!is_plain(category) || !is_plain(name))
        err_set(why, ENOENT, "\"%.100s:%.100s\" is no name of a tracepoint", category, name);
    else {
        snprintf(path, sizeof path, "%s/%s/%s/format", events, category, name);
        int code = read_file(path, &text);
        if (code)
            refuse(events, category, name, code, why);
        else if (!(type = types_tracepoint_format(t, category, name, text.bytes ? text.bytes : "", text.length)))
            err_set(why, EINVAL, "%s holds no field that can be read", path);
    }
    text_free(&text);
    return type;
}

const struct value_type *types_tracepoint(struct types *t, const char *category, const char *name, struct err *why)
{
    uint64_t key = hash_bytes(name, strlen(name), hash_bytes(category, strlen(category), 1));
    const struct value_type *type = map_get(&t->tracepoints, key);
    if (type)
        return type;
    type = read_format(t, category, name, why);
    if (type)
        map_put(&t->tracepoints, key, (void *)type, NULL);
    return type;
}
