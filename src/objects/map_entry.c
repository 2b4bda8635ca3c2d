/* Keys and values of maps, each in the form of the map's type. */
#include "objects/maps.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <inttypes.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* --- plain values ------------------------------------------------------------------------------------------------ */

static uint64_t number_of(const void *bytes, size_t n)
{
    uint64_t v = 0;
    memcpy(&v, bytes, n < sizeof v ? n : sizeof v);
    return v;
}

/* A value without a type: a number when it has the size of one, else bytes. */
static void add_untyped(struct text *out, const void *bytes, size_t n, bool json)
{
    if (n == 1 || n == 2 || n == 4 || n == 8)
        text_add_u64(out, number_of(bytes, n));
    else if (json)
        typed_add_json_hex(out, bytes, n);
    else
        typed_add_hex(out, bytes, n, 64);
}

static void add_typed(struct text *out, const struct map_view *v, uint32_t type, const void *bytes, size_t n, const struct typed_options *o,
                      bool json)
{
    if (!v->btf || !type)
        add_untyped(out, bytes, n, json);
    else if (json)
        typed_add_json(out, v->btf, type, bytes, n, o);
    else
        typed_add_text(out, v->btf, type, bytes, n, o);
}

static void add_words(struct text *out, const char *words, bool json)
{
    if (json)
        text_add_json(out, words, strlen(words));
    else
        text_adds(out, words);
}

/* --- keys -------------------------------------------------------------------------------------------------------- */

/* struct bpf_lpm_trie_key: the length of the prefix in bits, then its bytes. */
static void add_prefix(struct text *out, const struct map_view *v, const unsigned char *key, bool json)
{
    char words[INET6_ADDRSTRLEN + 16] = "";
    uint32_t bits, n = v->key_size - (uint32_t)sizeof bits;
    struct text hex = {0};
    memcpy(&bits, key, sizeof bits);
    if (n == 4 || n == 16)
        inet_ntop(n == 4 ? AF_INET : AF_INET6, key + sizeof bits, words, sizeof words);
    for (uint32_t i = 0; n != 4 && n != 16 && i < n; i++)
        text_addf(&hex, "%02x", key[sizeof bits + i]);
    text_addf(&hex, "%s/%" PRIu32, words, bits);
    add_words(out, hex.bytes ? hex.bytes : "", json);
    text_free(&hex);
}

void map_add_key(struct text *out, const struct map_view *v, const struct map_entry *e, const struct typed_options *o, bool json)
{
    if (e->key_words)
        add_words(out, e->key_words, json);
    else if (v->type == BPF_MAP_TYPE_LPM_TRIE && v->key_size > 4)
        add_prefix(out, v, e->key, json);
    else if (v->type == BPF_MAP_TYPE_TASK_STORAGE)
        add_untyped(out, e->key, sizeof(uint32_t), json);
    else
        add_typed(out, v, v->key_type, e->key, v->key_size, o, json);
}

/* --- values by type ---------------------------------------------------------------------------------------------- */

static void add_program(struct text *out, uint32_t id, bool json)
{
    struct bpf_prog_info info = {0};
    uint32_t n = sizeof info;
    int fd = bpf_prog_get_fd_by_id(id);
    if (fd >= 0) {
        bpf_obj_get_info_by_fd(fd, &info, &n);
        close(fd);
    }
    if (json)
        text_addf(out, "{\"id\":%" PRIu32 ",\"name\":", id);
    else
        text_addf(out, "program %" PRIu32 " ", id);
    info.name[sizeof info.name - 1] = '\0';
    add_words(out, info.name, json);
    if (json)
        text_addc(out, '}');
}

/* An address of a stack, as a function where its name is known. */
static void add_address(struct text *out, uint64_t address, bool returned, const struct typed_options *o, bool json)
{
    char words[512];
    const struct code_address at = {address, o->pid, returned};
    if (!o->symbol || !o->symbol(o->symbol_arg, &at, words, sizeof words))
        snprintf(words, sizeof words, "0x%" PRIx64, address);
    add_words(out, words, json);
}

/* struct bpf_stack_build_id: status 1 has a build id and an offset in that file, status 2 an address. */
static void add_build_id(struct text *out, const unsigned char *frame, bool returned, const struct typed_options *o, bool json)
{
    struct bpf_stack_build_id id;
    memcpy(&id, frame, sizeof id);
    if (id.status != BPF_STACK_BUILD_ID_VALID) {
        add_address(out, id.ip, returned, o, json);
        return;
    }
    struct text words = {0};
    for (size_t i = 0; i < sizeof id.build_id; i++)
        text_addf(&words, "%02x", id.build_id[i]);
    text_addf(&words, "+0x%llx", (unsigned long long)id.offset);
    add_words(out, words.bytes ? words.bytes : "", json);
    text_free(&words);
}

static void add_stack(struct text *out, const struct map_view *v, const unsigned char *frames, const struct typed_options *o, bool json)
{
    bool build_ids = v->flags & BPF_F_STACK_BUILD_ID;
    size_t step = build_ids ? sizeof(struct bpf_stack_build_id) : sizeof(uint64_t);
    text_adds(out, json ? "[" : "");
    for (size_t at = 0; at + step <= v->value_size && number_of(frames + at, build_ids ? 4 : 8); at += step) {
        text_adds(out, at ? json ? "," : "\n    " : json ? "" : "\n    ");
        if (build_ids)
            add_build_id(out, frames + at, at > 0, o, json);
        else
            add_address(out, number_of(frames + at, 8), at > 0, o, json);
    }
    text_adds(out, json ? "]" : "");
}

/* struct bpf_devmap_val: an interface, and a program. */
static void add_interface(struct text *out, uint32_t index, bool json)
{
    char name[IF_NAMESIZE];
    if (if_indextoname(index, name))
        add_words(out, name, json);
    else
        text_add_u64(out, index);
}

static void add_inner(struct text *out, uint32_t id, const struct typed_options *o, bool json)
{
    struct map_view inner;
    const struct show s = {.json = json, .values = *o};
    if (!map_view_open_id(&inner, id)) {
        text_addf(out, json ? "{\"id\":%" PRIu32 "}" : "map %" PRIu32 " (gone)", id);
        return;
    }
    struct text text = {0};
    map_show(&text, &s, &inner, 0);
    if (json) {
        text_add(out, text.bytes, text.length);
    } else {
        text_addf(out, "map %" PRIu32, id);
        for (const char *p = text.bytes, *end; p && *p; p = end + 1) { /* its lines, further in */
            end = strchrnul(p, '\n');
            text_addf(out, "\n    %.*s", (int)(end - p), p);
            if (!*end || !end[1])
                break;
        }
    }
    text_free(&text);
    map_view_close(&inner);
}

/* One value (of one CPU). */
static void add_one(struct text *out, const struct map_view *v, const void *value, const struct typed_options *o, bool json)
{
    switch (v->type) {
    case BPF_MAP_TYPE_PROG_ARRAY: add_program(out, (uint32_t)number_of(value, 4), json); break;
    case BPF_MAP_TYPE_STACK_TRACE: add_stack(out, v, value, o, json); break;
    case BPF_MAP_TYPE_DEVMAP:
    case BPF_MAP_TYPE_DEVMAP_HASH: add_interface(out, (uint32_t)number_of(value, 4), json); break;
    case BPF_MAP_TYPE_ARRAY_OF_MAPS:
    case BPF_MAP_TYPE_HASH_OF_MAPS: add_inner(out, (uint32_t)number_of(value, 4), o, json); break;
    default: add_typed(out, v, v->value_type, value, v->value_size, o, json);
    }
}

/* --- per CPU ----------------------------------------------------------------------------------------------------- */

static const void *value_of_cpu(const struct map_entry *e, unsigned cpu)
{
    return (const char *)e->value + cpu * e->stride;
}

static bool sum_untyped(const struct map_view *v, const struct map_entry *e, void *sum)
{
    uint64_t total = 0;
    if (v->value_size != 4 && v->value_size != 8)
        return false;
    for (unsigned cpu = 0; cpu < e->cpus; cpu++)
        total += number_of(value_of_cpu(e, cpu), v->value_size);
    memcpy(sum, &total, v->value_size);
    return true;
}

bool map_sum(const struct map_view *v, const struct map_entry *e, void *sum)
{
    memset(sum, 0, v->value_size);
    if (!v->btf || !v->value_type)
        return sum_untyped(v, e, sum);
    for (unsigned cpu = 0; cpu < e->cpus; cpu++)
        if (!typed_sum(v->btf, v->value_type, sum, value_of_cpu(e, cpu), v->value_size))
            return false;
    return true;
}

static bool is_zero(const void *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (((const char *)bytes)[i])
            return false;
    return true;
}

static unsigned count_cpus(const struct map_view *v, const struct map_entry *e)
{
    unsigned n = 0;
    for (unsigned cpu = 0; cpu < e->cpus; cpu++)
        n += !is_zero(value_of_cpu(e, cpu), v->value_size);
    return n;
}

/* "12  (cpu0 5, cpu1 7)", "12  (cpu1)": CPUs that have nothing are left out. */
static void add_cpus_text(struct text *out, const struct map_view *v, const struct map_entry *e, const struct typed_options *o, bool sum)
{
    unsigned n = count_cpus(v, e);
    bool begun = false;
    for (unsigned cpu = 0; cpu < e->cpus; cpu++) {
        if (is_zero(value_of_cpu(e, cpu), v->value_size))
            continue;
        text_addf(out, "%scpu%u", begun ? ", " : sum ? "  (" : "", cpu);
        begun = true;
        if (sum && n == 1)
            break;
        text_addc(out, ' ');
        add_one(out, v, value_of_cpu(e, cpu), o, false);
    }
    text_adds(out, begun && sum ? ")" : "");
}

static void add_cpus_json(struct text *out, const struct map_view *v, const struct map_entry *e, const struct typed_options *o)
{
    text_adds(out, ",\"cpus\":[");
    for (unsigned cpu = 0; cpu < e->cpus; cpu++) {
        text_adds(out, cpu ? "," : "");
        add_one(out, v, value_of_cpu(e, cpu), o, true);
    }
    text_addc(out, ']');
}

static void add_per_cpu(struct text *out, const struct map_view *v, const struct map_entry *e, const struct typed_options *o, bool json)
{
    void *sum = malloc(v->value_size + 8);
    bool has_sum = sum && map_sum(v, e, sum);
    if (has_sum)
        add_one(out, v, sum, o, json);
    else if (json)
        text_adds(out, "null");
    if (json)
        add_cpus_json(out, v, e, o);
    else
        add_cpus_text(out, v, e, o, has_sum);
    free(sum);
}

/* Whose the addresses in an entry are: its value says so, or its key does. */
static uint32_t pid_of(const struct map_view *v, const struct map_entry *e, const struct typed_options *o)
{
    uint32_t pid = 0;
    if (v->type == BPF_MAP_TYPE_STACK_TRACE)
        return o->stack_pid && e->key ? o->stack_pid(o->stack_arg, v->name, (uint32_t)number_of(e->key, 4)) : 0;
    if (v->type == BPF_MAP_TYPE_TASK_STORAGE)
        return e->key ? (uint32_t)number_of(e->key, 4) : 0;
    if (v->btf && v->value_type && e->value && !e->cpus)
        pid = typed_pid(v->btf, v->value_type, e->value, v->value_size);
    if (!pid && v->btf && v->key_type && e->key)
        pid = typed_pid(v->btf, v->key_type, e->key, v->key_size);
    return pid;
}

void map_add_value(struct text *out, const struct map_view *v, const struct map_entry *e, const struct typed_options *o, bool json)
{
    struct typed_options own = *o;
    if (o->symbol)
        own.pid = pid_of(v, e, o);
    if (!e->value)
        text_adds(out, json ? "null" : "-");
    else if (e->cpus)
        add_per_cpu(out, v, e, &own, json);
    else
        add_one(out, v, e->value, &own, json);
}

/* --- numbers ----------------------------------------------------------------------------------------------------- */

struct only {
    unsigned leaves;
    bool is_number;
    double number;
};

static void only_open(void *arg, const char *name, bool array)
{
    (void)name;
    (void)array;
    ((struct only *)arg)->leaves++;
}

static void only_leaf(void *arg, const char *name, const struct leaf *l)
{
    struct only *o = arg;
    (void)name;
    o->leaves++;
    o->is_number = leaf_number(l, &o->number);
}

static void only_close(void *arg)
{
    (void)arg;
}

bool map_number(const struct map_view *v, const void *value, double *number)
{
    struct only o = {0};
    const struct typed_visitor visitor = {only_open, only_leaf, only_close, &o};
    if (!v->btf || !v->value_type) {
        *number = (double)number_of(value, v->value_size);
        return v->value_size <= 8;
    }
    typed_walk(v->btf, v->value_type, value, v->value_size, NULL, &visitor);
    *number = o.number;
    return o.leaves == 1 && o.is_number;
}
