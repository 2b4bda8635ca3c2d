/* The contents of a map of any type: listed as the kernel offers it, shown in the form that fits the type.
 *
 *   hash, array              key and value by their BTF; arrays without their zeros (text)
 *   per-CPU                  the sum of the CPUs, where the value has one, and each CPU
 *   LPM trie                 keys as prefixes: 10.0.0.0/8
 *   stack traces             addresses as functions; those of user space where another map says whose the stack is (stacks.h)
 *   maps of maps             the inner maps' contents
 *   program arrays           the programs' names
 *   queue, stack             in the order of their end; while it is used by others only the next element can be seen
 *   global variables         each by its name
 *   task and cgroup storage  what each process or cgroup has
 *   bloom filter, sockets …  what they are; the kernel does not list them
 *
 * As JSON: {"kind":"map","time":T,"map":NAME,"type":TYPE,"entries":[{"key":K,"value":V}, …]}; per-CPU entries have "cpus":[V, …] too, and
 * the sum, or null, as "value"; a map that cannot be listed has "why" instead of entries. */
#pragma once
#include "objects/object.h"
#include "objects/show.h"

enum { MAP_TYPE_CGRP_STORAGE = 32 }; /* enum bpf_map_type, since Linux 6.2 */

/* What listing needs to know of a map. */
struct map_view {
    int fd;
    const char *name;
    enum bpf_map_type type;
    uint32_t key_size, value_size, max_entries, flags;
    const struct btf *btf; /* NULL: no types */
    uint32_t key_type, value_type;
    struct btf *own_btf; /* of an inner map, which the object does not know */
    char own_name[BPF_OBJ_NAME_LEN];
    bool take; /* a queue may be emptied to see it: nobody else uses it, and nothing comes after */
};

struct map_entry {
    const void *key;       /* NULL: it has none */
    const char *key_words; /* instead of a key; NULL: none */
    const void *value;     /* cpus of them, `stride` bytes apart */
    unsigned cpus;         /* 0: one value that is not per CPU */
    size_t stride;
};

/* Whether a loaded map is shown when nobody asks for it by name: not buffers, constants, or what libbpf keeps for itself. */
bool map_is_shown(const struct object_map *m);
/* Whether this is the section of global variables. */
bool map_is_variables(const struct map_view *v);
void map_view_open(struct map_view *v, const struct object *o, const struct object_map *m);
/* A map by its id in the kernel, with its own BTF. False when it is gone. */
bool map_view_open_id(struct map_view *v, uint32_t id);
void map_view_close(struct map_view *v);

/* Calls fn for each entry until it returns false. 0, or -errno with words when the kernel does not list the map. */
int map_each(const struct map_view *v, bool (*fn)(void *arg, const struct map_entry *e), void *arg, struct err *why);

/* Keys and values in the form of the map's type. */
void map_add_key(struct text *out, const struct map_view *v, const struct map_entry *e, const struct typed_options *o, bool json);
void map_add_value(struct text *out, const struct map_view *v, const struct map_entry *e, const struct typed_options *o, bool json);
/* The sum over CPUs into `sum` (value_size bytes); false when the value has none. */
bool map_sum(const struct map_view *v, const struct map_entry *e, void *sum);
/* One value as the only number that it is. False when it is not. */
bool map_number(const struct map_view *v, const void *value, double *number);
const char *map_type_name(enum bpf_map_type type); /* "hash", "LPM trie" */
const char *map_type_word(enum bpf_map_type type); /* "hash", "lpm_trie": the kernel's own */

/* A whole map, for people (ends with a newline) or as one JSON object (without). */
void map_show(struct text *out, const struct show *s, const struct map_view *v, int64_t utc_ns);
