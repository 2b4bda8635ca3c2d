/* The kernel's BTF, read on first need: vmlinux, and a module when one of its types is wanted. */
#include "trace/types/kernel.h"

#include "trace/types/btf_image.h"
#include <bpf/bpf.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BTF_FOLDER "/sys/kernel/btf"

enum { OBJECTS_MAX = 1024 };

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
    more[k->count] = (struct kernel_object){.name = strdup(name)};
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

bool types_use_btf(struct types *t, const void *bytes, size_t size)
{
    struct kernel_types *k = kernel_load(t);
    if (!k || !k->count || k->objects[0].tried)
        return false;
    k->objects[0].tried = k->listed = true;
    k->objects[0].btf = btf_image_of_bytes(bytes, size, NULL);
    return k->objects[0].btf;
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

struct btf_image *kernel_btf(struct types *t, uint32_t object)
{
    struct kernel_types *k = kernel_load(t);
    if (!k || object >= k->count)
        return NULL;
    char path[512];
    struct btf_image *vmlinux = object ? kernel_btf(t, 0) : NULL;
    struct kernel_object *o = &k->objects[object];
    if (!o->tried && (!object || vmlinux)) {
        o->tried = true;
        snprintf(path, sizeof path, BTF_FOLDER "/%s", o->name);
        o->btf = btf_image_open(path, vmlinux);
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
        btf_image_close(k->objects[i].btf);
        free(k->objects[i].name);
        free(k->objects[i].index);
        if (k->objects[i].fd > 0)
            close(k->objects[i].fd);
    }
    if (k)
        free(k->objects);
    free(k);
}
