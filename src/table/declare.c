#include "table/declare.h"

#include "base/arena.h"
#include "table/batch.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* What table_undeclare() finds again from the table. */
struct declared {
    struct table table;
    struct arena arena; /* of every string */
    struct column columns[BATCH_MAX_COLUMNS];
};

static bool is_plain(const char *words)
{
    for (; *words; words++)
        if ((unsigned char)*words < ' ' || *words == 127)
            return false;
    return true;
}

/* A member that is a string of at most `most` bytes, copied. NULL with words. */
static const char *take_string(struct declared *d, const json_t *object, const char *key, size_t most, struct err *why)
{
    const json_t *value = json_object_get(object, key);
    const char *string = json_string_value(value);
    if (!string)
        err_set(why, EINVAL, value ? "its \"%s\" is no string" : "it has no \"%s\"", key);
    else if (json_string_length(value) > most)
        err_set(why, EINVAL, "its \"%s\" is longer than %zu bytes", key, most);
    else if (json_string_length(value) != strlen(string) || !is_plain(string))
        err_set(why, EINVAL, "its \"%s\" has control characters", key);
    else if (!(string = arena_copy(&d->arena, string, strlen(string))))
        err_set(why, ENOMEM, "out of memory");
    return why->code ? NULL : string;
}

static int take_unit(struct declared *d, const json_t *object, struct column *c, struct err *why)
{
    const json_t *unit = json_object_get(object, "unit");
    if (unit && !json_is_null(unit))
        c->unit = take_string(d, object, "unit", DECLARE_NAME_MAX, why);
    return -why->code;
}

static int take_type(const json_t *object, struct column *c, struct err *why)
{
    const char *name = json_string_value(json_object_get(object, "type"));
    struct text names = {0};
    for (int type = 0; type < TYPE_COUNT; type++) {
        text_addf(&names, "%s%s", type ? ", " : "", type_name((enum column_type)type));
        if (name && !strcmp(name, type_name((enum column_type)type))) {
            c->type = (enum column_type)type;
            text_free(&names);
            return 0;
        }
    }
    err_set(why, EINVAL, "its type is \"%.40s\"; types are %s", name ? name : "", names.bytes ? names.bytes : "");
    text_free(&names);
    return -why->code;
}

static int take_role(const json_t *object, struct column *c, struct err *why)
{
    const char *name = json_string_value(json_object_get(object, "role"));
    for (int role = ROLE_TIME; role <= ROLE_MEASURE; role++)
        if (name && !strcmp(name, role_name((enum column_role)role))) {
            c->role = (enum column_role)role;
            return 0;
        }
    return err_set(why, EINVAL, "its role is \"%.40s\"; roles are time, identity, dimension, measure", name ? name : "");
}

static int take_column(struct declared *d, const json_t *object, size_t i, struct err *why)
{
    struct column *c = &d->columns[i];
    if (!json_is_object(object))
        return err_set(why, EINVAL, "column %zu is no object", i + 1);
    c->name = take_string(d, object, "name", DECLARE_NAME_MAX, why);
    if (!c->name)
        return err_prefix(why, "column %zu", i + 1);
    c->description = take_string(d, object, "description", DECLARE_WORDS_MAX, why);
    if (!c->description || take_unit(d, object, c, why) || take_type(object, c, why) || take_role(object, c, why))
        return err_prefix(why, "column %s", c->name);
    return 0;
}

static int take_columns(struct declared *d, const json_t *root, struct err *why)
{
    const json_t *columns = json_object_get(root, "columns");
    size_t n = json_array_size(columns);
    if (!n)
        return err_set(why, EINVAL, "it has no \"columns\"");
    if (n > BATCH_MAX_COLUMNS)
        return err_set(why, E2BIG, "it has %zu columns; a table has at most %d", n, BATCH_MAX_COLUMNS);
    for (size_t i = 0; i < n; i++)
        if (take_column(d, json_array_get(columns, i), i, why))
            return -why->code;
    d->table.columns = d->columns;
    d->table.n_columns = n;
    return 0;
}

static int take_table(struct declared *d, const json_t *root, struct err *why)
{
    const char *wrong;
    d->table.name = take_string(d, root, "name", DECLARE_NAME_MAX, why);
    if (!d->table.name)
        return err_prefix(why, "the table");
    d->table.description = take_string(d, root, "description", DECLARE_WORDS_MAX, why);
    if (!d->table.description || take_columns(d, root, why))
        return err_prefix(why, "table %s", d->table.name);
    wrong = table_check(&d->table);
    return wrong ? err_set(why, EINVAL, "table %s: %s", d->table.name, wrong) : 0;
}

struct table *table_declare(const char *json, size_t n, struct err *why)
{
    json_error_t error;
    if (n > DECLARE_JSON_CEILING) {
        err_set(why, E2BIG, "the declaration is larger than %d bytes", DECLARE_JSON_CEILING);
        return NULL;
    }
    json_t *root = json_loadb(json, n, JSON_REJECT_DUPLICATES, &error);
    const json_t *object = json_array_size(root) == 1 ? json_array_get(root, 0) : root;
    struct declared *d = calloc(1, sizeof *d);
    if (!root)
        err_set(why, EINVAL, "the declaration is no JSON: line %d: %s", error.line, error.text);
    else if (!d)
        err_set(why, ENOMEM, "out of memory");
    else if (!json_is_object(object))
        err_set(why, EINVAL, "the declaration is no JSON object {\"name\":…,\"description\":…,\"columns\":[…]}");
    else
        take_table(d, object, why);
    json_decref(root);
    if (!why->code)
        return &d->table;
    table_undeclare(d ? &d->table : NULL);
    return NULL;
}

void table_undeclare(struct table *t)
{
    struct declared *d = (struct declared *)t; /* its first member */
    if (!d)
        return;
    arena_free(&d->arena);
    free(d);
}

static bool same_unit(const char *a, const char *b)
{
    return a && b ? !strcmp(a, b) : a == b;
}

/* What a column was, in words: "u32, a measure in ns". */
static void add_kind(struct text *t, const struct column *c)
{
    text_addf(t, "%s, role %s", type_name(c->type), role_name(c->role));
    if (c->unit)
        text_addf(t, ", unit %s", c->unit);
}

static enum declare_change changed(const struct column *from, const struct column *to, struct err *why)
{
    struct text was = {0}, is = {0};
    add_kind(&was, from);
    add_kind(&is, to);
    err_set(why, EEXIST, "its column %s is declared as %s, and the new declaration says %s", from->name, was.bytes ? was.bytes : "",
            is.bytes ? is.bytes : "");
    text_free(&was);
    text_free(&is);
    return DECLARE_CHANGED;
}

enum declare_change declare_compare(const struct table *from, const struct table *to, struct err *why)
{
    for (size_t i = 0; i < from->n_columns; i++) {
        const struct column *a = &from->columns[i], *b = &to->columns[i];
        int at = table_column(to, a->name);
        if (at < 0) {
            err_set(why, EEXIST, "its column %s is not in the new declaration", a->name);
            return DECLARE_CHANGED;
        }
        if (at != (int)i) {
            err_set(why, EEXIST, "its column %s is in another place in the new declaration; columns may only be added at the end", a->name);
            return DECLARE_CHANGED;
        }
        if (a->type != b->type || a->role != b->role || !same_unit(a->unit, b->unit))
            return changed(a, b, why);
    }
    return to->n_columns > from->n_columns ? DECLARE_GROWN : DECLARE_SAME;
}
