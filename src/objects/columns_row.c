/* One value as a line of JSON. The walk over the value visits the fields in the order in which the walk over the type made columns. */
#include "objects/columns_inside.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct row {
    struct columns *columns;
    struct text *out;
    char path[COLUMNS_PATH_MAX];
    size_t ends[TYPED_MAX_DEPTH + 2]; /* where the path ended before each open struct */
    unsigned depth;
    unsigned in_array; /* open arrays and structs, from an array on */
    bool lists[TYPED_MAX_DEPTH + 2], filled;
    size_t next; /* column */
    int64_t time_ns;
};

/* --- the path --------------------------------------------------------------------------------------------------------------- */

static size_t path_push(struct row *r, const char *name)
{
    size_t before = strlen(r->path);
    if (name)
        snprintf(r->path + before, sizeof r->path - before, "%s%s", before ? "." : "", name);
    return before;
}

/* The column of the field that the path names; n when there is none. */
static size_t column_here(struct row *r)
{
    const struct columns *c = r->columns;
    for (size_t k = 0; k < c->n; k++) {
        size_t i = (r->next + k) % c->n;
        if (i && !strcmp(c->paths[i], r->path)) {
            r->next = i + 1 == c->n ? 0 : i + 1;
            return i;
        }
    }
    return c->n;
}

static void begin_member(struct row *r, size_t i)
{
    text_addf(r->out, ",\"%s\":", r->columns->columns[i].name);
}

/* --- values ----------------------------------------------------------------------------------------------------------------- */

/* Bytes of a char array, whatever they are, as names are kept in all tables. */
static void add_name(struct text *out, const char *bytes, size_t n)
{
    char small[1024], *form = n * TEXT_NAME_GROWTH <= sizeof small ? small : malloc(n * TEXT_NAME_GROWTH);
    if (form)
        text_add_json(out, form, text_escape_name(form, bytes, n));
    else
        text_adds(out, "null");
    if (form != small)
        free(form);
}

static void add_text(struct row *r, size_t i, const struct leaf *l)
{
    bool none = r->columns->zero_is_null[i] && !l->u;
    if (l->kind == LEAF_TEXT)
        add_name(r->out, l->bytes, l->n);
    else if (l->kind == LEAF_UNSIGNED && !none)
        text_addf(r->out, "\"%" PRIu64 "\"", l->u);
    else if (l->kind == LEAF_SIGNED && !none)
        text_addf(r->out, "\"%" PRId64 "\"", l->i);
    else if (l->kind == LEAF_NAME || l->kind == LEAF_HEX || l->kind == LEAF_BYTES)
        leaf_add_json(r->out, l);
    else
        text_adds(r->out, "null");
}

static void add_number(struct row *r, enum column_type type, const struct leaf *l)
{
    bool real = type == TYPE_F64, natural = l->kind == LEAF_UNSIGNED || l->kind == LEAF_DURATION || l->kind == LEAF_SIZE;
    if (type == TYPE_BOOL)
        text_adds(r->out, l->kind != LEAF_BOOL ? "null" : l->u ? "true" : "false");
    else if (type == TYPE_TIME && l->kind == LEAF_TIME && l->i > 0)
        text_add_i64(r->out, l->i);
    else if (real && l->kind == LEAF_REAL && isfinite(l->real))
        text_addf(r->out, "%.17g", l->real);
    else if (!real && type != TYPE_TIME && natural)
        text_add_u64(r->out, l->u);
    else if (!real && type != TYPE_TIME && l->kind == LEAF_SIGNED)
        text_add_i64(r->out, l->i);
    else
        text_adds(r->out, "null");
}

/* --- arrays: their JSON, as text -------------------------------------------------------------------------------------------- */

static void begin_item(struct row *r, const char *name)
{
    struct text *json = &r->columns->json;
    if (r->filled)
        text_addc(json, ',');
    r->filled = true;
    if (name && !r->lists[r->in_array - 1]) {
        text_add_json(json, name, strlen(name));
        text_addc(json, ':');
    }
}

static void open_group(struct row *r, const char *name, bool list)
{
    if (r->in_array)
        begin_item(r, name);
    r->lists[r->in_array++] = list;
    r->filled = false;
    text_addc(&r->columns->json, list ? '[' : '{');
}

static void close_group(struct row *r)
{
    text_addc(&r->columns->json, r->lists[--r->in_array] ? ']' : '}');
    r->filled = true;
    if (r->in_array)
        return;
    size_t i = column_here(r);
    if (i < r->columns->n) {
        begin_member(r, i);
        text_add_json(r->out, r->columns->json.bytes ? r->columns->json.bytes : "", r->columns->json.length);
    }
    text_clear(&r->columns->json);
}

/* --- the walk --------------------------------------------------------------------------------------------------------------- */

static void on_open(void *arg, const char *name, bool array)
{
    struct row *r = arg;
    if (!r->in_array)
        r->ends[r->depth++] = path_push(r, name);
    if (r->in_array || array)
        open_group(r, name, array);
}

static void on_close(void *arg)
{
    struct row *r = arg;
    if (r->in_array)
        close_group(r);
    if (!r->in_array)
        r->path[r->ends[--r->depth]] = '\0';
}

static void on_leaf(void *arg, const char *name, const struct leaf *l)
{
    struct row *r = arg;
    struct columns *c = r->columns;
    if (r->in_array) {
        begin_item(r, name);
        leaf_add_json(&c->json, l);
        return;
    }
    size_t before = path_push(r, name), i;
    if (c->time_path && !strcmp(c->time_path, r->path)) {
        if (l->kind == LEAF_TIME && l->i > 0 && l->i < r->time_ns + COLUMNS_AHEAD_NS)
            r->time_ns = l->i;
    } else if (l->kind != LEAF_CUT && l->kind != LEAF_NONE && (i = column_here(r)) < c->n) {
        begin_member(r, i);
        if (c->columns[i].type == TYPE_TEXT)
            add_text(r, i, l);
        else
            add_number(r, c->columns[i].type, l);
    }
    r->path[before] = '\0';
}

/* `time` comes first; it is known last. */
static void add_line(struct row *r, const void *bytes, size_t n, const struct typed_options *o)
{
    const struct typed_visitor v = {on_open, on_leaf, on_close, r};
    struct text rest = {0}, *out = r->out;
    r->out = &rest;
    r->next = 1;
    typed_walk(r->columns->btf, r->columns->type, bytes, n, o, &v);
    text_addf(out, "{\"time\":%" PRId64, r->time_ns);
    text_add(out, rest.bytes, rest.length);
    text_adds(out, "}\n");
    r->out = out;
    text_free(&rest);
}

void columns_add_row(struct columns *c, struct text *out, const void *bytes, size_t n, const struct typed_options *o, int64_t utc_ns)
{
    struct row r = {.columns = c, .out = out, .time_ns = utc_ns};
    if (c->type) {
        add_line(&r, bytes, n, o);
        return;
    }
    text_addf(out, "{\"time\":%" PRId64 ",\"size_bytes\":%zu,\"bytes\":", utc_ns, n);
    typed_add_json_hex(out, bytes, n);
    text_adds(out, "}\n");
}
