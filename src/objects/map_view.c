#include "objects/maps.h"

#include <bpf/bpf.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static bool ends_or_has(const char *name, const char *section)
{
    const char *at = strstr(name, section);
    return at && (at == name || at[-1] != '.');
}

bool map_is_shown(const struct object_map *m)
{
    enum bpf_map_type type = bpf_map__type(m->map);
    if (bpf_map__fd(m->map) < 0 || type == BPF_MAP_TYPE_RINGBUF || type == BPF_MAP_TYPE_PERF_EVENT_ARRAY)
        return false;
    return !ends_or_has(m->name, ".rodata") && !ends_or_has(m->name, ".kconfig") && strncmp(m->name, "__bpf_usdt", 10) != 0;
}

bool map_is_variables(const struct map_view *v)
{
    const struct btf_type *t = v->btf && v->value_type ? btf__type_by_id(v->btf, v->value_type) : NULL;
    return t && btf_is_datasec(t);
}

void map_view_open(struct map_view *v, const struct object *o, const struct object_map *m)
{
    *v = (struct map_view){
        .fd = bpf_map__fd(m->map),
        .name = m->name,
        .type = bpf_map__type(m->map),
        .key_size = bpf_map__key_size(m->map),
        .value_size = bpf_map__value_size(m->map),
        .max_entries = bpf_map__max_entries(m->map),
        .flags = bpf_map__map_flags(m->map),
        .btf = o->btf,
        .key_type = m->key_type,
        .value_type = m->value_type,
    };
}

bool map_view_open_id(struct map_view *v, uint32_t id)
{
    struct bpf_map_info info = {0};
    uint32_t n = sizeof info;
    int fd = bpf_map_get_fd_by_id(id);
    *v = (struct map_view){.fd = fd};
    if (fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &n)) {
        map_view_close(v);
        return false;
    }
    *v = (struct map_view){
        .fd = fd,
        .type = (enum bpf_map_type)info.type,
        .key_size = info.key_size,
        .value_size = info.value_size,
        .max_entries = info.max_entries,
        .flags = info.map_flags,
        .own_btf = info.btf_id ? btf__load_from_kernel_by_id(info.btf_id) : NULL,
        .key_type = info.btf_key_type_id,
        .value_type = info.btf_value_type_id,
    };
    memcpy(v->own_name, info.name, sizeof v->own_name - 1);
    v->name = v->own_name;
    v->btf = v->own_btf;
    return true;
}

void map_view_close(struct map_view *v)
{
    btf__free(v->own_btf);
    if (v->fd >= 0)
        close(v->fd);
    v->fd = -1;
    v->own_btf = NULL;
}

const char *map_type_word(enum bpf_map_type type)
{
    static char other[32];
    const char *name = libbpf_bpf_map_type_str(type);
    if (name)
        return name;
    snprintf(other, sizeof other, "type_%d", (int)type);
    return other;
}

const char *map_type_name(enum bpf_map_type type)
{
    switch ((int)type) {
    case BPF_MAP_TYPE_PERCPU_HASH: return "per-CPU hash";
    case BPF_MAP_TYPE_PERCPU_ARRAY: return "per-CPU array";
    case BPF_MAP_TYPE_LRU_HASH: return "LRU hash";
    case BPF_MAP_TYPE_LRU_PERCPU_HASH: return "per-CPU LRU hash";
    case BPF_MAP_TYPE_LPM_TRIE: return "LPM trie";
    case BPF_MAP_TYPE_STACK_TRACE: return "stack traces";
    case BPF_MAP_TYPE_PROG_ARRAY: return "programs";
    case BPF_MAP_TYPE_ARRAY_OF_MAPS: return "array of maps";
    case BPF_MAP_TYPE_HASH_OF_MAPS: return "hash of maps";
    case BPF_MAP_TYPE_BLOOM_FILTER: return "bloom filter";
    case BPF_MAP_TYPE_RINGBUF: return "ring buffer";
    case BPF_MAP_TYPE_PERF_EVENT_ARRAY: return "perf event array";
    case BPF_MAP_TYPE_TASK_STORAGE: return "task storage";
    case BPF_MAP_TYPE_SK_STORAGE: return "socket storage";
    case BPF_MAP_TYPE_INODE_STORAGE: return "inode storage";
    case MAP_TYPE_CGRP_STORAGE: return "cgroup storage";
    default: break;
    }
    return map_type_word(type);
}
