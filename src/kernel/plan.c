#include "kernel/plan.h"

#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

const char *mechanism_name(enum mechanism m)
{
    static const char *const names[MECHANISM_COUNT] = {"fentry", "fexit",      "kprobe", "kretprobe", "tp_btf",
                                                       "raw_tp", "tracepoint", "cgroup", "iter"};
    return m < MECHANISM_COUNT ? names[m] : "none";
}

/* Offset of a variable in .rodata, from the object's own BTF. */
static int knob_offset(const struct btf *btf, const char *name, size_t size)
{
    int section = btf__find_by_name_kind(btf, ".rodata", BTF_KIND_DATASEC);
    if (section < 0)
        return section;
    const struct btf_type *t = btf__type_by_id(btf, (__u32)section);
    const struct btf_var_secinfo *var = btf_var_secinfos(t);
    for (int i = 0; i < btf_vlen(t); i++)
        if (!strcmp(btf__name_by_offset(btf, btf__type_by_id(btf, var[i].type)->name_off), name))
            return var[i].size == size ? (int)var[i].offset : -EINVAL;
    return -ENOENT;
}

static int knob_write(struct bpf_map *map, const void *image, size_t have, size_t offset, const void *value, size_t size)
{
    char *copy = malloc(have);
    if (!copy)
        return -ENOMEM;
    memcpy(copy, image, have);
    memcpy(copy + offset, value, size);
    int rc = bpf_map__set_initial_value(map, copy, have);
    free(copy);
    return rc;
}

int kernel_knob(struct bpf_object *object, const char *name, const void *value, size_t size, struct err *why)
{
    int offset = knob_offset(bpf_object__btf(object), name, size);
    if (offset < 0)
        return err_set(why, -offset, "the kernel program has no setting \"%s\" of %zu bytes", name, size);
    struct bpf_map *map;
    bpf_object__for_each_map(map, object)
    {
        const char *map_name = bpf_map__name(map), *dot = strrchr(map_name, '.');
        size_t have = 0;
        const void *image = dot && !strcmp(dot, ".rodata") ? bpf_map__initial_value(map, &have) : NULL;
        if (image && (size_t)offset + size <= have)
            return knob_write(map, image, have, (size_t)offset, value, size);
    }
    return err_set(why, ENOENT, "the kernel program has no read-only data");
}

int kernel_map_by_cpu(struct bpf_object *object, const char *name, struct err *why)
{
    struct bpf_map *map = bpf_object__find_map_by_name(object, name);
    int cpus = libbpf_num_possible_cpus();
    if (!map)
        return err_set(why, ENOENT, "the kernel program has no map \"%s\"", name);
    if (cpus < 1)
        return err_set(why, ENODEV, "the number of CPUs is unknown: %s", strerror(-cpus));
    int rc = bpf_map__set_max_entries(map, (__u32)cpus);
    return rc ? err_set(why, -rc, "the map \"%s\" cannot have %d elements: %s", name, cpus, strerror(-rc)) : 0;
}
