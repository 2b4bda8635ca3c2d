#include "objects/metrics.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_METRICS = 128, NAME_SIZE = 200, MAX_LEVELS = TYPED_MAX_DEPTH + 2 };

/* The samples of one name, which must stand together. */
struct metric {
    char name[NAME_SIZE];
    struct text samples;
};

struct level {
    size_t path; /* its length before this level */
    bool array;
    unsigned index;
};

/* A walk over a key or a value. */
struct flat {
    char path[NAME_SIZE]; /* "flow_sport" */
    size_t n;
    struct level levels[MAX_LEVELS];
    unsigned depth;
    void (*leaf)(struct flat *f, const struct leaf *l);
    struct metrics *metrics;
};

struct metrics {
    const struct map_view *v;
    struct typed_options options;
    const struct typed_options *o;
    struct metric metrics[MAX_METRICS];
    size_t n;
    struct text labels; /* of the entry at hand: key="443" */
    uint64_t entries, left_out;
    char prefix[80];
    unsigned cpu;
    bool has_cpu;
};

/* --- walking ----------------------------------------------------------------------------------------------------- */

static void append_name(struct flat *f, const char *name)
{
    int n = snprintf(f->path + f->n, sizeof f->path - f->n, "%s%s", f->n ? "_" : "", name);
    f->n += (size_t)n < sizeof f->path - f->n ? (size_t)n : sizeof f->path - f->n - 1;
}

static void enter(struct flat *f, const char *name, bool array)
{
    if (f->depth + 1 >= MAX_LEVELS)
        return;
    f->levels[++f->depth] = (struct level){.path = f->n, .array = array};
    if (name)
        append_name(f, name);
}

static void count_item(struct flat *f)
{
    if (f->depth && f->levels[f->depth].array)
        f->levels[f->depth].index++;
}

static void flat_open(void *arg, const char *name, bool array)
{
    enter(arg, name, array);
}

static void flat_close(void *arg)
{
    struct flat *f = arg;
    if (f->depth)
        f->n = f->levels[f->depth--].path;
    f->path[f->n] = '\0';
    count_item(f);
}

static void flat_leaf(void *arg, const char *name, const struct leaf *l)
{
    struct flat *f = arg;
    size_t n = f->n;
    if (name)
        append_name(f, name);
    f->leaf(f, l);
    f->n = n;
    f->path[n] = '\0';
    count_item(f);
}

static void walk(struct flat *f, const struct btf *btf, uint32_t type, const void *bytes, size_t n)
{
    const struct typed_visitor v = {flat_open, flat_leaf, flat_close, f};
    typed_walk(btf, type, bytes, n, f->metrics->o, &v);
}

/* --- labels ------------------------------------------------------------------------------------------------------ */

/* Letters, digits and _ only. */
static void add_name(struct text *out, const char *name)
{
    for (; *name; name++)
        text_addc(out, isalnum((unsigned char)*name) ? *name : '_');
}

static void add_label(struct text *out, const char *name, const char *value, size_t n)
{
    text_addc(out, out->length ? ',' : '{');
    add_name(out, name);
    text_adds(out, "=\"");
    for (size_t i = 0; i < n;) {
        size_t length = text_utf8_length(value + i, n - i);
        if (!length)
            text_adds(out, "\xef\xbf\xbd"); /* U+FFFD */
        else if (value[i] == '\n')
            text_adds(out, "\\n");
        else if (value[i] == '"' || value[i] == '\\')
            text_addf(out, "\\%c", value[i]);
        else
            text_add(out, value + i, length);
        i += length ? length : 1;
    }
    text_addc(out, '"');
}

static void add_indexes(struct flat *f, struct text *labels)
{
    char words[64] = "";
    for (unsigned i = 1; i <= f->depth; i++)
        if (f->levels[i].array) {
            size_t n = strlen(words);
            snprintf(words + n, sizeof words - n, "%s%u", n ? "_" : "", f->levels[i].index);
        }
    if (*words)
        add_label(labels, "index", words, strlen(words));
}

static void key_leaf(struct flat *f, const struct leaf *l)
{
    struct text words = {0};
    char name[NAME_SIZE + 80];
    snprintf(name, sizeof name, "%s", f->n ? f->path : "key");
    for (unsigned i = 1; i <= f->depth; i++)
        if (f->levels[i].array)
            snprintf(name + strlen(name), sizeof name - strlen(name), "_%u", f->levels[i].index);
    if (l->kind == LEAF_TEXT)
        text_add(&words, l->bytes, l->n);
    else if (l->kind == LEAF_DURATION || l->kind == LEAF_SIZE)
        text_add_u64(&words, l->u);
    else
        leaf_add_text(&words, l);
    add_label(&f->metrics->labels, name, words.bytes ? words.bytes : "", words.length);
    text_free(&words);
}

static void read_labels(struct metrics *m, const struct map_entry *e)
{
    struct flat f = {.leaf = key_leaf, .metrics = m};
    text_clear(&m->labels);
    if (!e->key && !e->key_words)
        return;
    if (!e->key_words && m->v->btf && m->v->key_type && m->v->type != BPF_MAP_TYPE_LPM_TRIE) {
        walk(&f, m->v->btf, m->v->key_type, e->key, m->v->key_size);
        return;
    }
    struct text words = {0};
    map_add_key(&words, m->v, e, m->o, false);
    add_label(&m->labels, "key", words.bytes ? words.bytes : "", words.length);
    text_free(&words);
}

/* --- samples ----------------------------------------------------------------------------------------------------- */

static struct metric *metric_of(struct metrics *m, const char *path)
{
    char name[NAME_SIZE];
    snprintf(name, sizeof name, "%s%s%.100s", m->prefix, *path ? "_" : "", path);
    for (size_t i = 0; i < m->n; i++)
        if (!strcmp(m->metrics[i].name, name))
            return &m->metrics[i];
    if (m->n == MAX_METRICS)
        return NULL;
    struct metric *new = &m->metrics[m->n++];
    memcpy(new->name, name, sizeof name);
    return new;
}

static void write_number(struct text *out, const struct leaf *l)
{
    if (l->kind == LEAF_SIGNED)
        text_add_i64(out, l->i);
    else if (l->kind == LEAF_REAL)
        text_addf(out, "%.17g", l->real);
    else
        text_add_u64(out, l->u);
}

static void value_leaf(struct flat *f, const struct leaf *l)
{
    struct metrics *m = f->metrics;
    double number;
    struct metric *metric = leaf_number(l, &number) ? metric_of(m, f->path) : NULL;
    if (!metric)
        return;
    struct text labels = {0};
    text_add(&labels, m->labels.bytes ? m->labels.bytes : "", m->labels.length);
    add_indexes(f, &labels);
    if (m->has_cpu) {
        char cpu[16];
        snprintf(cpu, sizeof cpu, "%u", m->cpu);
        add_label(&labels, "cpu", cpu, strlen(cpu));
    }
    add_name(&metric->samples, metric->name);
    text_add(&metric->samples, labels.bytes ? labels.bytes : "", labels.length);
    text_adds(&metric->samples, labels.length ? "} " : " ");
    write_number(&metric->samples, l);
    text_addc(&metric->samples, '\n');
    text_free(&labels);
}

static void read_value(struct metrics *m, uint32_t type, const void *value, size_t n)
{
    struct flat f = {.leaf = value_leaf, .metrics = m};
    if (m->v->btf && type) {
        walk(&f, m->v->btf, type, value, n);
        return;
    }
    struct leaf l = {.kind = LEAF_UNSIGNED};
    if (n != 1 && n != 2 && n != 4 && n != 8)
        return;
    memcpy(&l.u, value, n);
    value_leaf(&f, &l);
}

static void read_cpus(struct metrics *m, const struct map_entry *e)
{
    void *sum = malloc(m->v->value_size + 8);
    if (sum && map_sum(m->v, e, sum)) {
        read_value(m, m->v->value_type, sum, m->v->value_size);
    } else {
        m->has_cpu = true;
        for (m->cpu = 0; m->cpu < e->cpus; m->cpu++)
            read_value(m, m->v->value_type, (const char *)e->value + m->cpu * e->stride, m->v->value_size);
    }
    free(sum);
}

static bool read_entry(void *arg, const struct map_entry *e)
{
    struct metrics *m = arg;
    if (m->entries == METRICS_MAX_ENTRIES) {
        m->left_out++;
        return true;
    }
    m->entries++;
    read_labels(m, e);
    if (e->value && e->cpus)
        read_cpus(m, e);
    else if (e->value)
        read_value(m, m->v->value_type, e->value, m->v->value_size);
    return true;
}

static bool read_variables(void *arg, const struct map_entry *e)
{
    struct metrics *m = arg;
    const struct btf_type *t = btf__type_by_id(m->v->btf, m->v->value_type);
    for (uint32_t i = 0; i < btf_vlen(t); i++) {
        const struct btf_var_secinfo *place = &btf_var_secinfos(t)[i];
        const struct btf_type *var = btf__type_by_id(m->v->btf, place->type);
        if (!btf_is_var(var) || (size_t)place->offset + place->size > m->v->value_size)
            continue;
        snprintf(m->prefix, sizeof m->prefix, "bpf_%.70s", btf__name_by_offset(m->v->btf, var->name_off));
        read_value(m, var->type, (const char *)e->value + place->offset, place->size);
    }
    return false;
}

static bool has_numbers(const struct map_view *v)
{
    switch (v->type) {
    case BPF_MAP_TYPE_STACK_TRACE:
    case BPF_MAP_TYPE_PROG_ARRAY:
    case BPF_MAP_TYPE_ARRAY_OF_MAPS:
    case BPF_MAP_TYPE_HASH_OF_MAPS:
    case BPF_MAP_TYPE_QUEUE:
    case BPF_MAP_TYPE_STACK: return false;
    default: return true;
    }
}

void metrics_add_map(struct text *out, const struct map_view *v, const struct typed_options *o)
{
    struct metrics *m = has_numbers(v) ? calloc(1, sizeof *m) : NULL;
    if (!m)
        return;
    m->v = v;
    m->options = *o;
    m->options.stack = NULL; /* a stack as a label is its number */
    m->o = &m->options;
    snprintf(m->prefix, sizeof m->prefix, "bpf_%.70s", v->name);
    map_each(v, map_is_variables(v) ? read_variables : read_entry, m, NULL);
    for (size_t i = 0; i < m->n; i++) {
        text_adds(out, "# TYPE ");
        add_name(out, m->metrics[i].name);
        text_adds(out, " untyped\n");
        text_add(out, m->metrics[i].samples.bytes, m->metrics[i].samples.length);
        text_free(&m->metrics[i].samples);
    }
    if (m->left_out)
        text_addf(out, "# TYPE sonde_run_entries_left_out gauge\nsonde_run_entries_left_out{map=\"%s\"} %" PRIu64 "\n", v->name,
                  m->left_out);
    text_free(&m->labels);
    free(m);
}
