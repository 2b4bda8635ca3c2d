/* The kernel's BTF: read on first need, names found by a walk over all types, and by an index once many have been asked for.
 * Source of the format: Documentation/bpf/btf.rst of the kernel. */
#include "base/names.h"
#include "trace/types/inside.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BTF_FOLDER "/sys/kernel/btf"

enum { OBJECTS_MAX = 1024, WALKS_BEFORE_INDEX = 6 };

struct kernel_object {
    char *name;
    struct btf *btf;
    uint32_t first; /* id of its own first type: a module's go on where vmlinux ends */
    int fd;
    bool tried;
    uint32_t walks;
    uint32_t *index; /* ids by hash of name, 0: free; NULL: not made yet */
    uint32_t index_size;
};

struct kernel_types {
    struct kernel_object *objects; /* vmlinux first */
    uint32_t count;
    bool listed;
};

bool kernel_has_btf(struct types *t)
{
    if (t->kernel && (!t->kernel->count || t->kernel->objects[0].tried))
        return t->kernel->count && t->kernel->objects[0].btf;
    return access(BTF_FOLDER "/vmlinux", R_OK) == 0;
}

static bool object_add(struct kernel_types *k, const char *name)
{
    struct kernel_object *more = realloc(k->objects, (k->count + 1) * sizeof *more);
    if (!more)
        return false;
    k->objects = more;
    more[k->count] = (struct kernel_object){.name = strdup(name), .first = 1};
    if (!more[k->count].name)
        return false;
    k->count++;
    return true;
}

static struct kernel_types *kernel_load(struct types *t)
{
    if (t->kernel)
        return t->kernel;
    t->kernel = calloc(1, sizeof *t->kernel);
    if (t->kernel)
        object_add(t->kernel, "vmlinux");
    return t->kernel;
}

void types_forget_kernel(struct types *t)
{
    if (!t->kernel)
        t->kernel = calloc(1, sizeof *t->kernel);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct kernel_object *)a)->name, ((const struct kernel_object *)b)->name);
}

/* Names the modules that have BTF; none is read. */
static void kernel_list(struct kernel_types *k)
{
    if (k->listed)
        return;
    k->listed = true;
    DIR *folder = opendir(BTF_FOLDER);
    for (struct dirent *d; folder && k->count < OBJECTS_MAX && (d = readdir(folder));)
        if (d->d_name[0] != '.' && strcmp(d->d_name, "vmlinux") != 0)
            object_add(k, d->d_name);
    if (folder)
        closedir(folder);
    if (k->count > 2)
        qsort(k->objects + 1, k->count - 1, sizeof *k->objects, by_name);
}

struct btf *kernel_btf(struct types *t, uint32_t object)
{
    struct kernel_types *k = kernel_load(t);
    if (!k || object >= k->count)
        return NULL;
    struct btf *vmlinux = object ? kernel_btf(t, 0) : NULL;
    struct kernel_object *o = &k->objects[object];
    if (!o->tried && (!object || vmlinux)) {
        o->tried = true;
        o->btf = object ? btf__load_module_btf(o->name, vmlinux) : btf__load_vmlinux_btf();
        o->first = object ? btf__type_cnt(vmlinux) : 1;
    }
    return o->btf;
}

const char *kernel_object_name(struct types *t, uint32_t object)
{
    return t->kernel && object < t->kernel->count ? t->kernel->objects[object].name : "vmlinux";
}

uint32_t kernel_objects(struct types *t)
{
    if (!kernel_btf(t, 0))
        return 0;
    kernel_list(t->kernel);
    return t->kernel->count;
}

/* --- names ------------------------------------------------------------------------------------------------------------------ */

static bool matches(const struct btf *btf, const struct btf_type *type, const char *name, uint32_t kinds)
{
    if (!(kinds & 1U << btf_kind(type)) || !type->name_off)
        return false;
    const char *own = btf__name_by_offset(btf, type->name_off);
    return own && strcmp(own, name) == 0;
}

static uint32_t walk(const struct kernel_object *o, const char *name, uint32_t kinds)
{
    uint32_t n = btf__type_cnt(o->btf);
    for (uint32_t id = o->first; id < n; id++)
        if (matches(o->btf, btf__type_by_id(o->btf, id), name, kinds))
            return id;
    return 0;
}

static uint32_t hash_string(const char *s)
{
    uint32_t hash = 2166136261U;
    for (; *s; s++)
        hash = (hash ^ (unsigned char)*s) * 16777619U;
    return hash ^ hash >> 15;
}

/* Ids of one name stay in their order: a later one is put behind. */
static void index_make(struct kernel_object *o)
{
    uint32_t n = btf__type_cnt(o->btf), size = 64;
    while (size < (n - o->first) * 2)
        size *= 2;
    o->index = calloc(size, sizeof *o->index);
    if (!o->index)
        return;
    o->index_size = size;
    for (uint32_t id = o->first; id < n; id++) {
        const struct btf_type *type = btf__type_by_id(o->btf, id);
        const char *name = type->name_off ? btf__name_by_offset(o->btf, type->name_off) : NULL;
        if (!name || !*name)
            continue;
        uint32_t at = hash_string(name) & (size - 1);
        while (o->index[at])
            at = (at + 1) & (size - 1);
        o->index[at] = id;
    }
}

static uint32_t look_up(const struct kernel_object *o, const char *name, uint32_t kinds)
{
    uint32_t mask = o->index_size - 1;
    for (uint32_t at = hash_string(name) & mask; o->index[at]; at = (at + 1) & mask)
        if (matches(o->btf, btf__type_by_id(o->btf, o->index[at]), name, kinds))
            return o->index[at];
    return 0;
}

static uint32_t find_in_object(struct types *t, uint32_t object, const char *name, uint32_t kinds)
{
    if (!kernel_btf(t, object) || !*name)
        return 0;
    struct kernel_object *o = &t->kernel->objects[object];
    if (!o->index && ++o->walks > WALKS_BEFORE_INDEX)
        index_make(o);
    return o->index ? look_up(o, name, kinds) : walk(o, name, kinds);
}

struct btf_place kernel_find(struct types *t, const char *name, uint32_t kinds, bool modules)
{
    struct btf_place place = {0, find_in_object(t, 0, name, kinds)};
    uint32_t n = !place.id && modules ? kernel_objects(t) : 0;
    for (uint32_t i = 1; i < n && !place.id; i++)
        place = (struct btf_place){i, find_in_object(t, i, name, kinds)};
    return place;
}

struct btf_place kernel_find_in(struct types *t, const char *module, const char *name, uint32_t kinds)
{
    if (strcmp(module, "vmlinux") == 0)
        return kernel_find(t, name, kinds, false);
    uint32_t n = kernel_objects(t);
    for (uint32_t i = 1; i < n; i++)
        if (strcmp(t->kernel->objects[i].name, module) == 0)
            return (struct btf_place){i, find_in_object(t, i, name, kinds)};
    return (struct btf_place){0, 0};
}

struct candidates {
    const struct kernel_object *object;
    const char *name;
    size_t length;
    uint32_t kinds;
};

/* Only names of about the same length and the same first letter: there are more than a hundred thousand. */
static const char *candidate_at(const void *arg, size_t i)
{
    const struct candidates *c = arg;
    uint32_t id = c->object->first + (uint32_t)i;
    const struct btf_type *type = id < btf__type_cnt(c->object->btf) ? btf__type_by_id(c->object->btf, id) : NULL;
    if (!type)
        return NULL;
    const char *name = c->kinds & 1U << btf_kind(type) ? btf__name_by_offset(c->object->btf, type->name_off) : NULL;
    size_t n = name ? strnlen(name, c->length + 3) : 0;
    return name && n && n <= c->length + 2 && n + 2 >= c->length && name[0] == c->name[0] ? name : "";
}

const char *kernel_near(struct types *t, const char *name, uint32_t kinds)
{
    if (!kernel_btf(t, 0) || !*name)
        return NULL;
    struct candidates c = {&t->kernel->objects[0], name, strlen(name), kinds};
    const char *near = names_nearest((struct names){candidate_at, &c}, name);
    return near && *near ? near : NULL;
}

/* --- descriptors ------------------------------------------------------------------------------------------------------------ */

/* The descriptor of a BTF object of the kernel when it has that name; -1. */
static int fd_named(uint32_t id, const char *name)
{
    char own[64] = "";
    struct bpf_btf_info info = {.name = (uintptr_t)own, .name_len = sizeof own};
    uint32_t size = sizeof info;
    int fd = bpf_btf_get_fd_by_id(id);
    if (fd < 0)
        return -1;
    if (bpf_obj_get_info_by_fd(fd, &info, &size) == 0 && info.kernel_btf && strcmp(own, name) == 0)
        return fd;
    close(fd);
    return -1;
}

int kernel_btf_fd(struct types *t, uint32_t object)
{
    if (!object || !t->kernel || object >= t->kernel->count)
        return 0;
    struct kernel_object *o = &t->kernel->objects[object];
    for (uint32_t id = 0; o->fd <= 0 && bpf_btf_get_next_id(id, &id) == 0;)
        o->fd = fd_named(id, o->name);
    return o->fd > 0 ? o->fd : 0;
}

void kernel_destroy(struct kernel_types *k)
{
    for (uint32_t i = k ? k->count : 0; i-- > 0;) { /* modules before vmlinux, on which they stand */
        btf__free(k->objects[i].btf);
        free(k->objects[i].name);
        free(k->objects[i].index);
        if (k->objects[i].fd > 0)
            close(k->objects[i].fd);
    }
    if (k)
        free(k->objects);
    free(k);
}
