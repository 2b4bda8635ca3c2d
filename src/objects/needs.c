#include "objects/needs.h"

#include "objects/maps.h"

#include <bpf/bpf.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/vfs.h>

/* --- before the load --------------------------------------------------------------------------------------------- */

/* Types that have no size of their own, or are given one by libbpf. */
static bool may_be_unsized(enum bpf_map_type type)
{
    switch ((int)type) {
    case BPF_MAP_TYPE_PERF_EVENT_ARRAY:
    case BPF_MAP_TYPE_SK_STORAGE:
    case BPF_MAP_TYPE_TASK_STORAGE:
    case BPF_MAP_TYPE_INODE_STORAGE:
    case BPF_MAP_TYPE_CGROUP_STORAGE:
    case BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE:
    case BPF_MAP_TYPE_STRUCT_OPS:
    case MAP_TYPE_CGRP_STORAGE: return true;
    default: return false;
    }
}

static int check_sizes(const struct object_map *m, struct err *why)
{
    enum bpf_map_type type = bpf_map__type(m->map);
    if (!bpf_map__autocreate(m->map) || may_be_unsized(type))
        return 0;
    if (!bpf_map__max_entries(m->map))
        return err_set(why, EINVAL, "the map %s (%s) has no size: its loader would have chosen one; give --max-entries %s=N", m->name,
                       map_type_name(type), m->name);
    if (type == BPF_MAP_TYPE_STACK_TRACE && !bpf_map__value_size(m->map))
        return err_set(why, EINVAL,
                       "the map %s (%s) does not say how deep stacks are: its loader would have chosen; give --value-size %s=1016 for the "
                       "usual 127 frames of 8 bytes",
                       m->name, map_type_name(type), m->name);
    return 0;
}

static bool is_bpffs(const char *path)
{
    struct statfs fs;
    return statfs(path, &fs) == 0 && fs.f_type == BPF_FS_MAGIC;
}

static int check_pin(const struct object_map *m, struct err *why)
{
    const char *path = bpf_map__pin_path(m->map);
    if (!path || strncmp(path, "/sys/fs/bpf/", 12) != 0 || is_bpffs("/sys/fs/bpf"))
        return 0;
    return err_set(why, ENOENT,
                   "the map %s is to be pinned at %s, and no BPF file system is mounted there; mount one: mount -t bpf bpf /sys/fs/bpf",
                   m->name, path);
}

int needs_check(const struct object *o, struct err *why)
{
    for (size_t i = 0; i < o->n_maps; i++) {
        int rc = check_sizes(&o->maps[i], why);
        if (!rc)
            rc = check_pin(&o->maps[i], why);
        if (rc)
            return rc;
    }
    return 0;
}

/* --- once it runs ------------------------------------------------------------------------------------------------ */

struct teller {
    void (*say)(void *arg, const char *sentence);
    void *arg;
};

static void tell(const struct teller *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void tell(const struct teller *t, const char *format, ...)
{
    char words[768];
    va_list ap;
    va_start(ap, format);
    vsnprintf(words, sizeof words, format, ap);
    va_end(ap);
    t->say(t->arg, words);
}

static bool stop_at_first(void *arg, const struct map_entry *e)
{
    (void)e;
    *(bool *)arg = true;
    return false;
}

static bool is_empty(const struct object *o, const struct object_map *m)
{
    struct map_view v;
    bool found = false;
    map_view_open(&v, o, m);
    return map_each(&v, stop_at_first, &found, NULL) == 0 && !found;
}

/* Types whose elements are made one by one. */
static bool is_filled(enum bpf_map_type type)
{
    switch (type) {
    case BPF_MAP_TYPE_HASH:
    case BPF_MAP_TYPE_LRU_HASH:
    case BPF_MAP_TYPE_LPM_TRIE:
    case BPF_MAP_TYPE_HASH_OF_MAPS:
    case BPF_MAP_TYPE_ARRAY_OF_MAPS:
    case BPF_MAP_TYPE_DEVMAP:
    case BPF_MAP_TYPE_DEVMAP_HASH:
    case BPF_MAP_TYPE_CPUMAP:
    case BPF_MAP_TYPE_XSKMAP:
    case BPF_MAP_TYPE_SOCKMAP:
    case BPF_MAP_TYPE_SOCKHASH:
    case BPF_MAP_TYPE_REUSEPORT_SOCKARRAY: return true;
    default: return false;
    }
}

static void tell_map(const struct teller *t, const struct object *o, const struct object_map *m)
{
    enum bpf_map_type type = bpf_map__type(m->map);
    if (bpf_map__fd(m->map) < 0 || !strncmp(m->name, "__bpf_usdt", 10))
        return;
    if (type == BPF_MAP_TYPE_PROG_ARRAY && m->uses & MAP_TAIL_CALL && is_empty(o, m))
        tell(t,
             "%s is empty: its loader would have put the programs there that are called through it; give --attach "
             "PROGRAM=prog_array:%s:INDEX",
             m->name, m->name);
    else if (type == BPF_MAP_TYPE_PERF_EVENT_ARRAY && m->uses & MAP_COUNTERS)
        tell(t, "%s has no counters: its loader would have opened hardware counters and put them there", m->name);
    else if (is_filled(type) && m->uses == MAP_READ && is_empty(o, m))
        tell(t, "%s (%s) is empty and the programs only read it: its loader would have filled it", m->name, map_type_name(type));
}

/* Two programs at one place, by different mechanisms: loaders choose what the kernel offers. */
static void tell_alternatives(const struct teller *t, const struct programs *p)
{
    for (size_t i = 0; i < p->n_attachments; i++)
        for (size_t j = 0; j < i; j++) {
            const struct attach_place *a = p->attachments[j].place, *b = p->attachments[i].place;
            if (a->kind == b->kind || !*a->target || strcmp(a->target, b->target) != 0 || a->chosen || b->chosen)
                continue;
            const char *first = bpf_program__name(a->program), *second = bpf_program__name(b->program);
            tell(t,
                 "%s (%s) and %s (%s) are both attached to %s: if they do the same, its loader would have chosen one; --attach %s=none "
                 "leaves it out",
                 first, a->kind->name, second, b->kind->name, a->target, second);
        }
}

static bool is_setting(const char *name)
{
    return !strchr(name, '.');
}

/* Constants that the programs read: what the tool that they come with sets from its options. */
static void tell_settings(const struct teller *t, const struct object *o)
{
    struct text words = {.ceiling = 600};
    for (size_t k = 0; k < o->n_maps; k++) {
        const struct btf_type *section = o->maps[k].value_type && o->btf ? btf__type_by_id(o->btf, o->maps[k].value_type) : NULL;
        size_t size;
        const char *values = bpf_map__initial_value(o->maps[k].map, &size);
        if (!section || !btf_is_datasec(section) || !values || strcmp(btf__name_by_offset(o->btf, section->name_off), ".rodata") != 0)
            continue;
        for (uint32_t i = 0; i < btf_vlen(section); i++) {
            const struct btf_var_secinfo *s = &btf_var_secinfos(section)[i];
            const struct btf_type *var = btf__type_by_id(o->btf, s->type);
            const char *name = btf__name_by_offset(o->btf, var->name_off);
            if (!is_setting(name) || (size_t)s->offset + s->size > size || s->size > 64)
                continue;
            text_addf(&words, "%s%s=", words.length ? " " : "", name);
            typed_add_text(&words, o->btf, var->type, values + s->offset, s->size, NULL);
        }
    }
    if (words.length)
        tell(t, "settings, which --set NAME=VALUE changes: %s", words.bytes);
    text_free(&words);
}

void needs_tell(const struct object *o, const struct programs *p, void (*say)(void *arg, const char *sentence), void *arg)
{
    const struct teller t = {say, arg};
    for (size_t i = 0; i < o->n_maps; i++)
        tell_map(&t, o, &o->maps[i]);
    tell_alternatives(&t, p);
    tell_settings(&t, o);
}
