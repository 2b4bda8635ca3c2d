/* A whole map. */
#include "objects/maps.h"

#include "base/arena.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS_CEILING = 100000, KEY_WIDTH = 60 };

/* --- JSON -------------------------------------------------------------------------------------------------------- */

struct json_list {
    struct text *out;
    const struct map_view *v;
    const struct typed_options *o;
    bool begun;
};

static bool add_json_entry(void *arg, const struct map_entry *e)
{
    struct json_list *l = arg;
    text_adds(l->out, l->begun ? ",{" : "{");
    l->begun = true;
    if (e->key || e->key_words) {
        text_adds(l->out, "\"key\":");
        map_add_key(l->out, l->v, e, l->o, true);
        text_addc(l->out, ',');
    }
    text_adds(l->out, "\"value\":");
    map_add_value(l->out, l->v, e, l->o, true);
    text_addc(l->out, '}');
    return !l->out->full;
}

static void add_json_string(struct text *out, const char *name, const char *value)
{
    text_addf(out, "\"%s\":", name);
    text_add_json(out, value, strlen(value));
}

/* Global variables: {"counter":1, …} become entries by their names. */
static bool add_json_variables(void *arg, const struct map_entry *e)
{
    struct json_list *l = arg;
    const struct btf_type *t = btf__type_by_id(l->v->btf, l->v->value_type);
    for (uint32_t i = 0; i < btf_vlen(t); i++) {
        const struct btf_var_secinfo *place = &btf_var_secinfos(t)[i];
        const struct btf_type *var = btf__type_by_id(l->v->btf, place->type);
        if (!btf_is_var(var) || (size_t)place->offset + place->size > l->v->value_size)
            continue;
        text_adds(l->out, l->begun ? ",{" : "{");
        l->begun = true;
        add_json_string(l->out, "key", btf__name_by_offset(l->v->btf, var->name_off));
        text_adds(l->out, ",\"value\":");
        typed_add_json(l->out, l->v->btf, var->type, (const char *)e->value + place->offset, place->size, l->o);
        text_addc(l->out, '}');
    }
    return false;
}

static void show_json(struct text *out, const struct show *s, const struct map_view *v, int64_t utc_ns)
{
    struct json_list l = {out, v, &s->values, false};
    struct err why = {0};
    text_adds(out, "{\"kind\":\"map\",");
    if (utc_ns) {
        text_adds(out, "\"time\":\"");
        text_add_time(out, utc_ns);
        text_adds(out, "\",");
    }
    add_json_string(out, "map", v->name);
    text_addc(out, ',');
    add_json_string(out, "type", map_is_variables(v) ? "variables" : map_type_word(v->type));
    size_t start = out->length;
    text_adds(out, ",\"entries\":[");
    if (!map_each(v, map_is_variables(v) ? add_json_variables : add_json_entry, &l, &why)) {
        text_adds(out, "]}");
        return;
    }
    out->length = start; /* not listed: why */
    text_addc(out, ',');
    add_json_string(out, "why", why.text);
    text_addc(out, '}');
}

/* --- text -------------------------------------------------------------------------------------------------------- */

struct row {
    const char *key, *value;
    size_t key_n, value_n;
    double number; /* to sort by */
    size_t index;
};

struct rows {
    const struct map_view *v;
    const struct typed_options *o;
    struct arena arena;
    struct row *rows;
    size_t n, size, zeros, more;
    bool numbers; /* every value is one number */
    bool failed;
};

static bool is_array(enum bpf_map_type type)
{
    return type == BPF_MAP_TYPE_ARRAY || type == BPF_MAP_TYPE_PERCPU_ARRAY;
}

static bool is_zero(const struct map_view *v, const struct map_entry *e)
{
    size_t n = e->cpus ? e->cpus * e->stride : v->value_size;
    for (size_t i = 0; i < n; i++)
        if (((const char *)e->value)[i])
            return false;
    return true;
}

static struct row *add_row(struct rows *r)
{
    if (r->n == r->size) {
        size_t size = r->size ? r->size * 2 : 64;
        struct row *more = realloc(r->rows, size * sizeof *more);
        if (!more) {
            r->failed = true;
            return NULL;
        }
        r->rows = more;
        r->size = size;
    }
    struct row *row = &r->rows[r->n];
    *row = (struct row){.index = r->n++};
    return row;
}

static const char *keep(struct rows *r, struct text *t, size_t *n)
{
    const char *copy = arena_copy(&r->arena, t->bytes ? t->bytes : "", t->length);
    *n = copy ? t->length : 0;
    text_free(t);
    return copy ? copy : "";
}

/* The number to sort by: of a per-CPU value its sum. */
static bool number_of_entry(const struct map_view *v, const struct map_entry *e, double *number)
{
    if (!e->value || !e->cpus)
        return e->value && map_number(v, e->value, number);
    void *sum = malloc(v->value_size + 8);
    bool is_number = sum && map_sum(v, e, sum) && map_number(v, sum, number);
    free(sum);
    return is_number;
}

static bool collect(void *arg, const struct map_entry *e)
{
    struct rows *r = arg;
    struct text key = {0}, value = {0};
    if (is_array(r->v->type) && r->v->max_entries > 1 && is_zero(r->v, e)) {
        r->zeros++;
        return true;
    }
    if (r->n == ROWS_CEILING) {
        r->more++;
        return true;
    }
    struct row *row = add_row(r);
    if (!row)
        return false;
    if (e->key || e->key_words)
        map_add_key(&key, r->v, e, r->o, false);
    map_add_value(&value, r->v, e, r->o, false);
    r->numbers &= number_of_entry(r->v, e, &row->number);
    row->key = keep(r, &key, &row->key_n);
    row->value = keep(r, &value, &row->value_n);
    return true;
}

static bool collect_variables(void *arg, const struct map_entry *e)
{
    struct rows *r = arg;
    const struct btf_type *t = btf__type_by_id(r->v->btf, r->v->value_type);
    for (uint32_t i = 0; i < btf_vlen(t); i++) {
        const struct btf_var_secinfo *place = &btf_var_secinfos(t)[i];
        const struct btf_type *var = btf__type_by_id(r->v->btf, place->type);
        struct row *row = btf_is_var(var) && (size_t)place->offset + place->size <= r->v->value_size ? add_row(r) : NULL;
        struct text value = {0};
        if (!row)
            continue;
        row->key = btf__name_by_offset(r->v->btf, var->name_off);
        row->key_n = strlen(row->key);
        typed_add_text(&value, r->v->btf, var->type, (const char *)e->value + place->offset, place->size, r->o);
        row->value = keep(r, &value, &row->value_n);
    }
    return false;
}

static int by_number(const void *a, const void *b)
{
    const struct row *x = a, *y = b;
    if (x->number != y->number)
        return x->number < y->number ? 1 : -1;
    return x->index < y->index ? -1 : x->index > y->index;
}

static bool is_hash(enum bpf_map_type type)
{
    return type == BPF_MAP_TYPE_HASH || type == BPF_MAP_TYPE_LRU_HASH || type == BPF_MAP_TYPE_PERCPU_HASH ||
           type == BPF_MAP_TYPE_LRU_PERCPU_HASH;
}

static void write_rows(struct text *out, const struct rows *r)
{
    size_t width = 0;
    for (size_t i = 0; i < r->n; i++)
        if (r->rows[i].key_n > width && r->rows[i].key_n <= KEY_WIDTH)
            width = r->rows[i].key_n;
    for (size_t i = 0; i < r->n; i++) {
        const struct row *row = &r->rows[i];
        text_adds(out, "  ");
        text_add(out, row->key, row->key_n);
        if (row->key_n && row->value_n && *row->value != '\n')
            text_addf(out, "%*s", (int)(row->key_n < width ? width - row->key_n : 0) + 2, "");
        text_add(out, row->value, row->value_n);
        text_addc(out, '\n');
    }
    if (r->zeros)
        text_addf(out, "  (%zu more are zero)\n", r->zeros);
    if (r->more)
        text_addf(out, "  (%zu more)\n", r->more);
}

static void write_heading(struct text *out, const struct rows *r)
{
    const struct map_view *v = r->v;
    if (map_is_variables(v))
        text_addf(out, "%s (global variables)\n", v->name);
    else if (is_array(v->type))
        text_addf(out, "%s (%s of %u)\n", v->name, map_type_name(v->type), v->max_entries);
    else if (v->max_entries)
        text_addf(out, "%s (%s, %zu of %u entries)\n", v->name, map_type_name(v->type), r->n + r->more, v->max_entries);
    else
        text_addf(out, "%s (%s, %zu entries)\n", v->name, map_type_name(v->type), r->n + r->more);
}

static void show_text(struct text *out, const struct show *s, const struct map_view *v)
{
    struct rows r = {.v = v, .o = &s->values, .numbers = true};
    struct err why = {0};
    if (map_each(v, map_is_variables(v) ? collect_variables : collect, &r, &why)) {
        text_addf(out, "%s (%s): %s\n", v->name, map_type_name(v->type), why.text);
    } else {
        if (r.numbers && is_hash(v->type) && r.n)
            qsort(r.rows, r.n, sizeof *r.rows, by_number);
        write_heading(out, &r);
        write_rows(out, &r);
    }
    free(r.rows);
    arena_free(&r.arena);
}

void map_show(struct text *out, const struct show *s, const struct map_view *v, int64_t utc_ns)
{
    if (s->json)
        show_json(out, s, v, utc_ns);
    else
        show_text(out, s, v);
}
