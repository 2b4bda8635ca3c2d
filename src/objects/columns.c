#include "objects/columns.h"

#include "base/arena.h"
#include "objects/columns_inside.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- the walk over a type --------------------------------------------------------------------------------------------------- */

/* A name of C as a column's: small letters, digits and "_", a letter first. */
static void name_column(char *out, size_t size, const char *path)
{
    size_t n = 0;
    while (*path == '_' || *path == '.')
        path++;
    if (*path >= '0' && *path <= '9')
        out[n++] = 'f';
    for (; *path && n + 1 < size; path++) {
        char c = *path >= 'A' && *path <= 'Z' ? (char)(*path | 0x20) : *path;
        bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        out[n++] = plain ? c : '_';
    }
    if (!n)
        out[n++] = 'f';
    out[n] = '\0';
}

static bool is_taken(const struct columns *c, const char *name)
{
    for (size_t i = 0; i < c->n; i++)
        if (!strcmp(c->columns[i].name, name))
            return true;
    return false;
}

/* Two fields may come to one name: a struct's `time`, or a_b beside a.b. */
static const char *own_name(struct columns *c, const char *path)
{
    char base[COLUMNS_NAME_MAX - 3], name[COLUMNS_NAME_MAX + 1];
    name_column(base, sizeof base, path);
    snprintf(name, sizeof name, "%s", base);
    for (unsigned i = 2; is_taken(c, name) && i < 2 * BATCH_MAX_COLUMNS; i++)
        snprintf(name, sizeof name, "%s_%u", base, i);
    return arena_copy(&c->arena, name, strlen(name));
}

static bool ends_with(const char *s, const char *end)
{
    size_t n = strlen(s), k = strlen(end);
    return n >= k && !strcmp(s + n - k, end);
}

static const char *unit_of(const char *name)
{
    static const char *const units[] = {"ns", "us", "ms", "bytes"};
    char ending[8];
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        snprintf(ending, sizeof ending, "_%s", units[i]);
        if (ends_with(name, ending))
            return units[i];
    }
    return NULL;
}

static enum column_role role_of(const char *name, enum column_type type)
{
    static const char *const identities[] = {"pid", "tgid", "tid", "ppid", "uid", "gid", "pid_tgid", "cgroup", "cgroup_id", "cpu"};
    for (size_t i = 0; i < sizeof identities / sizeof identities[0]; i++)
        if (!strcmp(name, identities[i]))
            return ROLE_IDENTITY;
    return type == TYPE_TEXT || type == TYPE_BOOL || type == TYPE_TIME ? ROLE_DIMENSION : ROLE_MEASURE;
}

static void add_column(struct columns_walk *w, const char *path, enum column_type type, const char *unit, bool zero_is_null)
{
    struct columns *c = w->columns;
    char words[512];
    if (c->n == BATCH_MAX_COLUMNS) {
        w->left_out++;
        return;
    }
    const char *name = own_name(c, *path ? path : "value");
    snprintf(words, sizeof words, "%s of %s", *path ? path : "the value", w->of);
    c->paths[c->n] = arena_copy(&c->arena, path, strlen(path));
    const char *description = arena_copy(&c->arena, words, strlen(words));
    if (!name || !c->paths[c->n] || !description) {
        w->no_memory = true;
        return;
    }
    c->zero_is_null[c->n] = zero_is_null;
    c->columns[c->n++] = (struct column){.name = name,
                                         .type = type,
                                         .role = role_of(name, type),
                                         .unit = unit                                     ? unit
                                                 : type == TYPE_TEXT || type == TYPE_BOOL ? NULL
                                                                                          : unit_of(name),
                                         .description = description};
}

static enum column_type int_type(const struct field *f)
{
    uint8_t encoding = btf_int_encoding(f->t);
    size_t bits = f->bits ? f->bits : f->n * 8;
    if (bits > 64)
        return TYPE_TEXT;
    if (encoding & BTF_INT_BOOL)
        return TYPE_BOOL;
    if (encoding & BTF_INT_SIGNED)
        return bits <= 32 ? TYPE_I32 : TYPE_I64;
    return bits <= 16 ? TYPE_U16 : bits <= 32 ? TYPE_U32 : TYPE_U64;
}

/* The first time of the struct itself is the row's. */
static bool takes_time(struct columns_walk *w, const char *path, enum column_type type)
{
    if (type != TYPE_TIME || w->columns->time_path || w->depth > 1)
        return false;
    w->columns->time_path = arena_copy(&w->columns->arena, path, strlen(path));
    return w->columns->time_path;
}

static void add_leaf(struct columns_walk *w, const char *path, const struct field *f)
{
    enum column_type type = TYPE_TEXT;
    const char *unit = NULL;
    bool word = f->form && (!strcmp(f->form, "error_no") || !strcmp(f->form, "signal_no"));
    if (!f->t || btf_is_fwd(f->t) || btf_is_func(f->t) || btf_is_func_proto(f->t))
        type = TYPE_TEXT;
    else if (form_column(w->btf, f, &type, &unit))
        ; /* filled */
    else if (btf_is_int(f->t))
        type = int_type(f);
    else if (btf_is_float(f->t))
        type = f->n == 4 || f->n == 8 ? TYPE_F64 : TYPE_TEXT;
    if (!takes_time(w, path, type))
        add_column(w, path, type, unit, word);
}

static void visit(struct columns_walk *w, const char *path, struct field *f);

static void visit_members(struct columns_walk *w, const char *path, const struct field *f)
{
    char inner[COLUMNS_PATH_MAX];
    for (uint32_t i = 0; i < btf_vlen(f->t) && w->nested < TYPED_MAX_DEPTH; i++) {
        const struct btf_member *member = &btf_members(f->t)[i];
        const char *name = btf__name_by_offset(w->btf, member->name_off);
        uint32_t bits = btf_member_bitfield_size(f->t, i);
        struct field m = {.name = name ? name : "", .type = member->type, .n = typed_size(w->btf, member->type), .bits = bits};
        uint32_t type = m.type;
        const struct btf_type *t = field_bare_type(w->btf, &type, NULL);
        w->nested++;
        if (*m.name) {
            w->depth++;
            snprintf(inner, sizeof inner, "%s%s%s", path, *path ? "." : "", m.name);
            visit(w, inner, &m);
            w->depth--;
        } else if (t && btf_is_composite(t)) { /* its members are the parent's */
            m.t = t;
            visit_members(w, path, &m);
        }
        w->nested--;
    }
}

static void visit(struct columns_walk *w, const char *path, struct field *f)
{
    enum column_type type;
    const char *unit;
    field_resolve(w->btf, w->o, f);
    if (++w->fields > COLUMNS_FIELDS_MAX)
        return;
    if (!f->t || !(btf_is_composite(f->t) || btf_is_array(f->t)) || form_column(w->btf, f, &type, &unit))
        add_leaf(w, path, f);
    else if (btf_is_array(f->t))
        add_column(w, path, TYPE_TEXT, NULL, false);
    else
        visit_members(w, path, f);
}

/* --- the table -------------------------------------------------------------------------------------------------------------- */

static void add_time(struct columns *c)
{
    c->columns[c->n] = (struct column)COLUMN_TIME("when the record was read");
    c->paths[c->n++] = "";
}

static void add_bytes(struct columns *c)
{
    c->columns[c->n] = (struct column){"size_bytes", TYPE_U64, ROLE_MEASURE, "bytes", "the record's size"};
    c->paths[c->n++] = "size_bytes";
    c->columns[c->n] = (struct column){"bytes", TYPE_TEXT, ROLE_DIMENSION, NULL, "the record, in base 16"};
    c->paths[c->n++] = "bytes";
}

static int fill(struct columns *c, const struct btf *btf, uint32_t type, const struct typed_options *o, struct err *why)
{
    const struct btf_type *t = btf__type_by_id(btf, type);
    const char *name = t ? btf__name_by_offset(btf, t->name_off) : NULL;
    char of[160];
    snprintf(of, sizeof of, "%s%.100s", t && btf_is_struct(t) ? "struct " : "", name && *name ? name : "the record");
    struct columns_walk w = {.columns = c, .btf = btf, .o = o, .of = of};
    struct field f = {.type = type, .n = typed_size(btf, type)};
    visit(&w, "", &f);
    if (w.no_memory)
        return err_set(why, ENOMEM, "out of memory");
    if (w.left_out)
        return err_set(why, E2BIG, "%s has %zu fields, and a table has at most %d columns; --type MAP=STRUCT takes a smaller one", of,
                       c->n - 1 + w.left_out, BATCH_MAX_COLUMNS);
    if (c->time_path) {
        char words[512];
        snprintf(words, sizeof words, "%.300s of %s", c->time_path, of);
        c->columns[0].description = arena_copy(&c->arena, words, strlen(words));
    }
    return c->columns[0].description ? 0 : err_set(why, ENOMEM, "out of memory");
}

struct columns *columns_create(const char *name, const char *description, const struct btf *btf, uint32_t type,
                               const struct typed_options *o, struct err *why)
{
    struct columns *c = calloc(1, sizeof *c);
    if (!c) {
        err_set(why, ENOMEM, "out of memory");
        return NULL;
    }
    c->btf = btf;
    c->type = type;
    c->table = (struct table){.name = arena_copy(&c->arena, name, strlen(name)),
                              .description = arena_copy(&c->arena, description, strlen(description)),
                              .columns = c->columns};
    add_time(c);
    int rc = c->table.name && c->table.description ? 0 : err_set(why, ENOMEM, "out of memory");
    if (!rc && type)
        rc = fill(c, btf, type, o, why);
    else
        add_bytes(c);
    c->table.n_columns = c->n;
    const char *wrong = rc ? NULL : table_check(&c->table);
    if (wrong)
        rc = err_set(why, EINVAL, "table %s: %s", c->table.name, wrong);
    if (!rc)
        return c;
    columns_destroy(c);
    return NULL;
}

void columns_destroy(struct columns *c)
{
    if (!c)
        return;
    arena_free(&c->arena);
    text_free(&c->json);
    free(c);
}

const struct table *columns_table(const struct columns *c)
{
    return &c->table;
}
