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

/* A tracepoint whose format has not been read: scripts with thousands of them seldom look at a field. */
struct later {
    const char *category, *name;
    const struct value_type *read; /* what it turned out to be */
};

static int find_format(const char *category, const char *name, char *path, struct err *why)
{
    const char *events = events_folder();
    if (!events)
        return err_set(why, ENOENT, "tracefs is not mounted, and could not be: mount -t tracefs tracefs /sys/kernel/tracing");
    if (!is_plain(category) || !is_plain(name))
        return err_set(why, ENOENT, "\"%.100s:%.100s\" is no name of a tracepoint", category, name);
    snprintf(path, PATH_BYTES, "%s/%s/%s/format", events, category, name);
    return access(path, R_OK) ? refuse(events, category, name, -errno, why) : 0;
}

static uint64_t hash_fields(const struct value_type *args)
{
    uint64_t hash = args->size;
    for (uint32_t i = 0; i < args->n_fields; i++) {
        const struct value_field *f = &args->fields[i];
        uint64_t numbers[] = {f->offset, (uintptr_t)f->type, f->is_data_loc, f->is_relative};
        hash = hash_bytes(f->name, strlen(f->name), hash_bytes(numbers, sizeof numbers, hash));
    }
    return hash;
}

static bool same_fields(const struct value_type *a, const struct value_type *b)
{
    if (a->size != b->size || a->n_fields != b->n_fields)
        return false;
    for (uint32_t i = 0; i < a->n_fields; i++) {
        const struct value_field *f = &a->fields[i], *g = &b->fields[i];
        if (f->offset != g->offset || f->type != g->type || f->is_data_loc != g->is_data_loc || f->is_relative != g->is_relative ||
            strcmp(f->name, g->name) != 0 || strcmp(f->declared, g->declared) != 0)
            return false;
    }
    return true;
}

/* Tracepoints with the same fields have one type, so that one program can serve them all. */
static const struct value_type *shared(struct types *t, const struct value_type *args)
{
    uint64_t hash = hash_fields(args);
    const struct value_type *first = map_get(&t->arguments, hash);
    if (!first)
        map_put(&t->arguments, hash, (void *)args, NULL);
    return first && same_fields(first, args) ? first : args;
}

const struct value_type *tracepoint_read(struct types *t, const struct value_type *type)
{
    struct later *later = map_get(&t->later, (uintptr_t)type);
    if (!later || later->read)
        return later ? later->read : NULL;
    char path[PATH_BYTES];
    struct text text = {.ceiling = FORMAT_MAX_BYTES};
    if (!find_format(later->category, later->name, path, NULL) && !read_file(path, &text))
        later->read = types_tracepoint_format(t, later->category, later->name, text.bytes ? text.bytes : "", text.length);
    text_free(&text);
    if (later->read)
        later->read = shared(t, later->read);
    return later->read;
}

static const struct value_type *make_later(struct types *t, const char *category, const char *name)
{
    struct value_type *type = type_new(t, VALUE_STRUCT, 0, 8);
    struct later *later = arena_alloc(t->arena, sizeof *later);
    char words[PATH_BYTES];
    int failed = 0, n = snprintf(words, sizeof words, "struct _tracepoint_%s_%s", category, name);
    if (!type || !later)
        return NULL;
    *later = (struct later){arena_copy(t->arena, category, strlen(category)), arena_copy(t->arena, name, strlen(name)), NULL};
    type->name = arena_copy(t->arena, words, (size_t)n);
    map_put(&t->later, (uintptr_t)type, later, &failed);
    return failed || !later->category || !later->name || !type->name ? NULL : type;
}

const struct value_type *types_tracepoint(struct types *t, const char *category, const char *name, struct err *why)
{
    char path[PATH_BYTES];
    uint64_t key = hash_bytes(name, strlen(name), hash_bytes(category, strlen(category), 1));
    const struct value_type *type = map_get(&t->tracepoints, key);
    if (type || find_format(category, name, path, why))
        return type;
    type = make_later(t, category, name);
    if (type)
        map_put(&t->tracepoints, key, (void *)type, NULL);
    else
        err_set(why, ENOMEM, "out of memory");
    return type;
}
