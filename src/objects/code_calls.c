/* What helpers do with maps. */
#include "objects/code_inside.h"

#include <string.h>

/* A helper that is given a map. */
struct map_helper {
    int32_t id;
    unsigned char map;        /* the register of the map */
    unsigned char data, size; /* registers of a record that it sends; 0: none */
    unsigned uses;
};

static const struct map_helper helpers[] = {
    {BPF_FUNC_map_lookup_elem, 1, 0, 0, MAP_READ},
    {BPF_FUNC_map_lookup_percpu_elem, 1, 0, 0, MAP_READ},
    {BPF_FUNC_for_each_map_elem, 1, 0, 0, MAP_READ},
    {BPF_FUNC_map_peek_elem, 1, 0, 0, MAP_READ},
    {BPF_FUNC_map_pop_elem, 1, 0, 0, MAP_READ},
    {BPF_FUNC_map_delete_elem, 1, 0, 0, MAP_READ},
    {BPF_FUNC_redirect_map, 1, 0, 0, MAP_READ},
    {BPF_FUNC_sk_redirect_map, 2, 0, 0, MAP_READ},
    {BPF_FUNC_sk_redirect_hash, 2, 0, 0, MAP_READ},
    {BPF_FUNC_msg_redirect_map, 2, 0, 0, MAP_READ},
    {BPF_FUNC_msg_redirect_hash, 2, 0, 0, MAP_READ},
    {BPF_FUNC_sk_select_reuseport, 2, 0, 0, MAP_READ},
    {BPF_FUNC_skb_under_cgroup, 2, 0, 0, MAP_READ},
    {BPF_FUNC_current_task_under_cgroup, 1, 0, 0, MAP_READ},
    {BPF_FUNC_user_ringbuf_drain, 1, 0, 0, MAP_READ},
    {BPF_FUNC_map_update_elem, 1, 0, 0, MAP_WRITTEN},
    {BPF_FUNC_map_push_elem, 1, 0, 0, MAP_WRITTEN},
    {BPF_FUNC_sock_map_update, 2, 0, 0, MAP_WRITTEN},
    {BPF_FUNC_sock_hash_update, 2, 0, 0, MAP_WRITTEN},
    {BPF_FUNC_get_stackid, 2, 0, 0, MAP_WRITTEN},
    {BPF_FUNC_tail_call, 2, 0, 0, MAP_TAIL_CALL},
    {BPF_FUNC_perf_event_read, 1, 0, 0, MAP_COUNTERS},
    {BPF_FUNC_perf_event_read_value, 1, 0, 0, MAP_COUNTERS},
    {BPF_FUNC_perf_event_output, 2, 4, 5, MAP_SENT},
    {BPF_FUNC_skb_output, 2, 4, 5, MAP_SENT},
    {BPF_FUNC_xdp_output, 2, 4, 5, MAP_SENT},
    {BPF_FUNC_ringbuf_output, 1, 2, 3, MAP_SENT},
    {BPF_FUNC_ringbuf_reserve, 1, 0, 2, MAP_SENT},
    {BPF_FUNC_ringbuf_reserve_dynptr, 1, 0, 2, MAP_SENT},
};

static bool same(const struct known *a, const struct known *b)
{
    return a->kind == b->kind && a->value == b->value && a->map == b->map && a->record == b->record && a->origin == b->origin;
}

static uint16_t registers_like(const struct known *registers, const struct known *k)
{
    uint16_t held = 0;
    for (unsigned r = 0; k->kind != KNOWN_NOTHING && r < 10; r++)
        if (same(&registers[r], k))
            held |= (uint16_t)(1 << r);
    return held;
}

static void describe_source(const struct function *f, struct code_record *r, const struct known *registers, unsigned data)
{
    const struct known *k = &registers[data];
    r->held[0] = registers_like(registers, k) | (uint16_t)(1 << data);
    if (k->kind == KNOWN_STACK) {
        r->source = RECORD_STACK;
        r->offset = (int32_t)k->value;
    } else if (k->kind == KNOWN_VALUE) {
        r->source = RECORD_MAP;
        r->origin = f->code->maps[k->map].name;
    } else if (k->kind == KNOWN_GLOBAL) {
        r->source = RECORD_GLOBAL;
        r->origin = k->origin;
        r->offset = (int32_t)k->value;
    }
}

/* Notes the record; its index or -1. */
static int note_record(struct function *f, uint32_t insn, const struct map_helper *h, const struct known *registers)
{
    struct code *c = f->code;
    const struct known *map = &registers[h->map], *size = &registers[h->size];
    if (map->kind != KNOWN_MAP || c->n_records == CODE_MAX_RECORDS)
        return -1;
    struct code_record *r = &c->records[c->n_records];
    *r = (struct code_record){.map = c->maps[map->map].name, .function = f->name, .insn = insn, .size = -1};
    if (size->kind == KNOWN_CONSTANT && size->value >= 0)
        r->size = size->value;
    if (h->data)
        describe_source(f, r, registers, h->data);
    else if (h->id == BPF_FUNC_ringbuf_reserve)
        r->source = RECORD_RESERVED;
    return (int)c->n_records++;
}

static const struct map_helper *helper_find(int32_t id)
{
    for (size_t i = 0; i < sizeof helpers / sizeof helpers[0]; i++)
        if (helpers[i].id == id)
            return &helpers[i];
    return NULL;
}

/* A helper that is not in the table may do anything with a map that it is given. */
static void note_other(struct function *f, const struct known *registers)
{
    for (unsigned r = 1; r <= 5; r++)
        if (registers[r].kind == KNOWN_MAP)
            f->code->maps[registers[r].map].uses |= MAP_OTHER;
}

struct known code_call(struct function *f, uint32_t insn, int32_t helper, const struct known *registers)
{
    struct known result = {KNOWN_NOTHING};
    const struct map_helper *h = helper_find(helper);
    f->code->prints |= helper == BPF_FUNC_trace_printk || helper == BPF_FUNC_trace_vprintk;
    if (!h) {
        note_other(f, registers);
        return result;
    }
    const struct known *map = &registers[h->map];
    if (map->kind == KNOWN_MAP)
        f->code->maps[map->map].uses |= h->uses;
    if (h->uses & MAP_SENT) {
        int record = note_record(f, insn, h, registers);
        if (record >= 0 && helper == BPF_FUNC_ringbuf_reserve)
            result = (struct known){.kind = KNOWN_RECORD, .record = record};
    } else if (map->kind == KNOWN_MAP && (helper == BPF_FUNC_map_lookup_elem || helper == BPF_FUNC_map_lookup_percpu_elem)) {
        result = (struct known){.kind = KNOWN_VALUE, .map = map->map};
    }
    return result;
}
