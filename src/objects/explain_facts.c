/* Facts of Linux releases that explanations need: which helper and map type came when, what maps must be like, what sections mean.
 * Source: include/uapi/linux/bpf.h of the releases, and the map_alloc_check functions of kernel/bpf/. */
#include "objects/explain_inside.h"

#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

const char *facts_program_kind(const char *section)
{
    static const struct {
        const char *prefix, *words;
    } kinds[] = {
        {"kprobe", "a kprobe program"},
        {"kretprobe", "a kretprobe program"},
        {"ksyscall", "a kprobe program"},
        {"kretsyscall", "a kretprobe program"},
        {"uprobe", "an uprobe program"},
        {"uretprobe", "an uretprobe program"},
        {"usdt", "a USDT program"},
        {"tracepoint", "a tracepoint program"},
        {"tp_btf", "a tp_btf program"},
        {"tp", "a tracepoint program"},
        {"raw_tp", "a raw tracepoint program"},
        {"raw_tracepoint", "a raw tracepoint program"},
        {"fentry", "an fentry program"},
        {"fexit", "an fexit program"},
        {"fmod_ret", "an fmod_ret program"},
        {"freplace", "an freplace program"},
        {"lsm", "an LSM program"},
        {"iter", "an iterator program"},
        {"syscall", "a syscall program"},
        {"xdp", "an XDP program"},
        {"tc", "a tc program"},
        {"tcx", "a tc program"},
        {"classifier", "a tc program"},
        {"action", "a tc program"},
        {"socket", "a socket filter"},
        {"cgroup", "a cgroup program"},
        {"sockops", "a sockops program"},
        {"sk_msg", "a sk_msg program"},
        {"sk_skb", "a sk_skb program"},
        {"sk_lookup", "a sk_lookup program"},
        {"sk_reuseport", "a sk_reuseport program"},
        {"flow_dissector", "a flow dissector"},
        {"lwt", "a lightweight tunnel program"},
        {"perf_event", "a perf event program"},
        {"netfilter", "a netfilter program"},
        {"struct_ops", "a struct_ops program"},
    };
    section += *section == '?';
    for (size_t i = 0; i < COUNT(kinds); i++) {
        size_t n = strlen(kinds[i].prefix);
        if (!strncmp(section, kinds[i].prefix, n) && strchr("/._+", section[n]))
            return kinds[i].words;
    }
    return "";
}

/* --- arguments --- */

void facts_argument(struct words *w)
{
    static const struct {
        const char *type, *words;
    } types[] = {
        {"scalar", "a number"},
        {"inv", "a number"},
        {"ctx", "the context"},
        {"fp", "an address on the stack"},
        {"map_ptr", "a map"},
        {"map_value", "a map's value"},
        {"pkt", "a packet pointer"},
        {"pkt_end", "the end of the packet"},
        {"sock", "a socket"},
        {"mem", "memory of its own"},
        {"ringbuf_mem", "a ring buffer record"},
        {"func", "a function"},
    };
    const char *type = words_get(w, "type"), *expected = words_get(w, "expected");
    if (*type)
        words_setf(w, "gets", "%s", type);
    if (*expected)
        words_setf(w, "wants", strstr(expected, "map_value, ") || strstr(expected, "fp, ") ? "the address of memory (%s)" : "%s", expected);
    for (size_t i = 0; i < COUNT(types); i++) {
        if (!strcmp(type, types[i].type))
            words_setf(w, "gets", "%s (%s)", types[i].words, type);
        if (!strcmp(expected, types[i].type))
            words_setf(w, "wants", "%s (%s)", types[i].words, expected);
    }
}

/* --- helpers --- */

#define HELPER_NAME(name) "bpf_" #name
static const char *const helper_names[] = {__BPF_FUNC_MAPPER(HELPER_NAME)};

/* The highest helper number of each release; 6.2 was the last to get one, all since are kfuncs. */
static const struct {
    unsigned last;
    const char *release;
} helper_releases[] = {
    {110, "5.4"},  {115, "5.5"},  {118, "5.6"},  {124, "5.7"},  {135, "5.8"},  {141, "5.9"},  {155, "5.10"},
    {162, "5.11"}, {163, "5.12"}, {165, "5.13"}, {168, "5.14"}, {175, "5.15"}, {179, "5.16"}, {185, "5.17"},
    {193, "5.18"}, {203, "5.19"}, {207, "6.0"},  {209, "6.1"},  {211, "6.2"},
};

void facts_helper(struct words *w)
{
    static const char *const newer[] = {"bpf_cgrp_storage_get", "bpf_cgrp_storage_delete"}; /* 210, 211 */
    unsigned number = (unsigned)strtoul(words_get(w, "number"), NULL, 10);
    if (number == 0)
        return;
    if (number < COUNT(helper_names))
        words_setf(w, "helper", "%s", helper_names[number]);
    else if (number >= 210 && number < 210 + COUNT(newer))
        words_setf(w, "helper", "%s", newer[number - 210]);
    if (number <= helper_releases[0].last)
        words_setf(w, "since", "%s", "5.4 or before");
    for (size_t i = 1; i < COUNT(helper_releases); i++)
        if (number > helper_releases[i - 1].last && number <= helper_releases[i].last)
            words_setf(w, "since", "%s", helper_releases[i].release);
}

void facts_guarded(struct words *w)
{
    const char *helper = words_get(w, "helper");
    if (!strcmp(helper, "bpf_probe_write_user"))
        words_setf(w, "guarded", "CAP_SYS_ADMIN");
    else if (!strncmp(helper, "bpf_probe_read", 14))
        words_setf(w, "guarded", "CAP_PERFMON");
}

/* --- maps --- */

enum {
    ANY = -1,
    NOT_ZERO = -2,
};

/* What the kernel asks of each type; by number. */
static const struct map_type {
    const char *name, *since;
    int key, value, entries; /* a size, ANY or NOT_ZERO */
    bool no_prealloc;        /* must have BPF_F_NO_PREALLOC */
} map_types[] = {
    [1] = {"BPF_MAP_TYPE_HASH", "3.19", NOT_ZERO, NOT_ZERO, NOT_ZERO, false},
    [2] = {"BPF_MAP_TYPE_ARRAY", "3.19", 4, NOT_ZERO, NOT_ZERO, false},
    [3] = {"BPF_MAP_TYPE_PROG_ARRAY", "4.2", 4, 4, NOT_ZERO, false},
    [4] = {"BPF_MAP_TYPE_PERF_EVENT_ARRAY", "4.3", 4, 4, ANY, false},
    [5] = {"BPF_MAP_TYPE_PERCPU_HASH", "4.6", NOT_ZERO, NOT_ZERO, NOT_ZERO, false},
    [6] = {"BPF_MAP_TYPE_PERCPU_ARRAY", "4.6", 4, NOT_ZERO, NOT_ZERO, false},
    [7] = {"BPF_MAP_TYPE_STACK_TRACE", "4.6", 4, NOT_ZERO, NOT_ZERO, false},
    [8] = {"BPF_MAP_TYPE_CGROUP_ARRAY", "4.8", 4, 4, NOT_ZERO, false},
    [9] = {"BPF_MAP_TYPE_LRU_HASH", "4.10", NOT_ZERO, NOT_ZERO, NOT_ZERO, false},
    [10] = {"BPF_MAP_TYPE_LRU_PERCPU_HASH", "4.10", NOT_ZERO, NOT_ZERO, NOT_ZERO, false},
    [11] = {"BPF_MAP_TYPE_LPM_TRIE", "4.11", NOT_ZERO, NOT_ZERO, NOT_ZERO, true},
    [12] = {"BPF_MAP_TYPE_ARRAY_OF_MAPS", "4.12", 4, 4, NOT_ZERO, false},
    [13] = {"BPF_MAP_TYPE_HASH_OF_MAPS", "4.12", NOT_ZERO, 4, NOT_ZERO, false},
    [14] = {"BPF_MAP_TYPE_DEVMAP", "4.14", 4, ANY, NOT_ZERO, false},
    [15] = {"BPF_MAP_TYPE_SOCKMAP", "4.14", 4, ANY, NOT_ZERO, false},
    [16] = {"BPF_MAP_TYPE_CPUMAP", "4.15", 4, ANY, NOT_ZERO, false},
    [17] = {"BPF_MAP_TYPE_XSKMAP", "4.18", 4, 4, NOT_ZERO, false},
    [18] = {"BPF_MAP_TYPE_SOCKHASH", "4.18", NOT_ZERO, ANY, NOT_ZERO, false},
    [19] = {"BPF_MAP_TYPE_CGROUP_STORAGE", "4.19", ANY, NOT_ZERO, 0, false},
    [20] = {"BPF_MAP_TYPE_REUSEPORT_SOCKARRAY", "4.19", 4, ANY, NOT_ZERO, false},
    [21] = {"BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE", "4.20", ANY, NOT_ZERO, 0, false},
    [22] = {"BPF_MAP_TYPE_QUEUE", "4.20", 0, NOT_ZERO, NOT_ZERO, false},
    [23] = {"BPF_MAP_TYPE_STACK", "4.20", 0, NOT_ZERO, NOT_ZERO, false},
    [24] = {"BPF_MAP_TYPE_SK_STORAGE", "5.2", 4, NOT_ZERO, 0, true},
    [25] = {"BPF_MAP_TYPE_DEVMAP_HASH", "5.4", 4, ANY, NOT_ZERO, false},
    [26] = {"BPF_MAP_TYPE_STRUCT_OPS", "5.6", ANY, ANY, ANY, false},
    [27] = {"BPF_MAP_TYPE_RINGBUF", "5.8", 0, 0, NOT_ZERO, false},
    [28] = {"BPF_MAP_TYPE_INODE_STORAGE", "5.10", 4, NOT_ZERO, 0, true},
    [29] = {"BPF_MAP_TYPE_TASK_STORAGE", "5.11", 4, NOT_ZERO, 0, true},
    [30] = {"BPF_MAP_TYPE_BLOOM_FILTER", "5.16", 0, NOT_ZERO, NOT_ZERO, false},
    [31] = {"BPF_MAP_TYPE_USER_RINGBUF", "6.1", 0, 0, NOT_ZERO, false},
    [32] = {"BPF_MAP_TYPE_CGRP_STORAGE", "6.2", 4, NOT_ZERO, 0, true},
    [33] = {"BPF_MAP_TYPE_ARENA", "6.9", 0, 0, NOT_ZERO, false},
};

enum {
    COMMON_TYPES = 27,    /* types below are in every kernel that one meets */
    KNOWN_FLAGS = 0x1fff, /* flags that are in every kernel that one meets (5.10) */
};

/* Whether "6.1.0-28-amd64" came before "6.2". */
static bool is_older(const char *release, const char *than)
{
    unsigned a = 0, b = 0, c = 0, d = 0;
    return sscanf(release, "%u.%u", &a, &b) == 2 && sscanf(than, "%u.%u", &c, &d) == 2 && (a < c || (a == c && b < d));
}

/* One of a map's three sizes; writes why it is wrong. */
static bool check_size(struct words *w, const char *what, unsigned has, int wanted, const char *type)
{
    if (wanted == ANY || (wanted == NOT_ZERO && has > 0) || (wanted >= 0 && has == (unsigned)wanted))
        return true;
    if (wanted == NOT_ZERO)
        words_setf(w, "map_wrong", "%s is 0, and %s needs one", what, type);
    else
        words_setf(w, "map_wrong", "%s is %u, and %s wants %d", what, has, type, wanted);
    return false;
}

void facts_map(const struct explain_map *m, struct words *w)
{
    bool known = m->type < COUNT(map_types) && map_types[m->type].name;
    const struct map_type *t = known ? &map_types[m->type] : NULL;
    if (!m->found)
        return;
    if (!known) {
        words_setf(w, "map_type", "number %u", m->type);
        words_setf(w, "map_unknown_type", "%u", m->type);
        return;
    }
    words_setf(w, "map_type", "%s", t->name);
    if (m->flags & ~(unsigned)KNOWN_FLAGS)
        words_setf(w, "map_bad_flags", "0x%x", m->flags & ~(unsigned)KNOWN_FLAGS);
    if (m->misaligned[0])
        words_setf(w, "misaligned", "%s", m->misaligned);
    if (check_size(w, "its key size", m->key_size, t->key, t->name) && check_size(w, "its value size", m->value_size, t->value, t->name) &&
        check_size(w, "max_entries", m->max_entries, t->entries, t->name) && t->no_prealloc && !(m->flags & BPF_F_NO_PREALLOC))
        words_setf(w, "map_wrong", "it lacks the flag BPF_F_NO_PREALLOC, which %s must have", t->name);
    if (t->no_prealloc && t->entries == 0) /* local storage */
        words_setf(w, "needs_btf", "1");
    if (m->type < COMMON_TYPES)
        return;
    words_setf(w, "since", "%s", t->since);
    /* With the kernel's release it is known; without it, a new type is likelier than anything else when all is in order. */
    const char *kernel = words_get(w, "kernel");
    if (*kernel ? is_older(kernel, t->since) : !*words_get(w, "map_wrong") && !*words_get(w, "map_bad_flags"))
        words_setf(w, "map_is_new", "1");
}
