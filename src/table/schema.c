#include "table/schema.h"

#include "table/batch.h"

#include <string.h>

static const struct {
    const char *name, *sql;
    size_t size;
} types[TYPE_COUNT] = {
    [TYPE_BOOL] = {"bool", "BOOLEAN", sizeof(uint8_t)},      [TYPE_I32] = {"i32", "INTEGER", sizeof(int32_t)},
    [TYPE_I64] = {"i64", "BIGINT", sizeof(int64_t)},         [TYPE_U16] = {"u16", "USMALLINT", sizeof(uint16_t)},
    [TYPE_U32] = {"u32", "UINTEGER", sizeof(uint32_t)},      [TYPE_U64] = {"u64", "UBIGINT", sizeof(uint64_t)},
    [TYPE_F64] = {"f64", "DOUBLE", sizeof(double)},          [TYPE_TEXT] = {"text", "VARCHAR", sizeof(struct str)},
    [TYPE_TIME] = {"time", "TIMESTAMP_NS", sizeof(int64_t)}, [TYPE_HISTOGRAM] = {"histogram", "UBIGINT[]", sizeof(struct str)},
};

const char *type_name(enum column_type type)
{
    return types[type].name;
}

const char *type_sql(enum column_type type)
{
    return types[type].sql;
}

size_t type_size(enum column_type type)
{
    return types[type].size;
}

const char *role_name(enum column_role role)
{
    static const char *const names[] = {"time", "identity", "dimension", "measure"};
    return names[role];
}

int table_column(const struct table *t, const char *name)
{
    for (size_t i = 0; i < t->n_columns; i++)
        if (!strcmp(t->columns[i].name, name))
            return (int)i;
    return -1;
}

static int snake_case(const char *s)
{
    if (!s || *s < 'a' || *s > 'z')
        return 0;
    return s[strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789_")] == '\0';
}

const char *table_check(const struct table *t)
{
    if (!snake_case(t->name))
        return "the table's name is not snake_case";
    if (!t->description || !*t->description)
        return "the table has no description";
    if (!t->n_columns || t->n_columns > BATCH_MAX_COLUMNS)
        return "the table has no columns, or too many";
    for (size_t i = 0; i < t->n_columns; i++) {
        const struct column *c = &t->columns[i];
        if (!snake_case(c->name))
            return "a column's name is missing or not snake_case";
        if (!c->description || !*c->description)
            return "a column has no description";
        if ((c->role == ROLE_TIME) != (i == 0))
            return "the time column must be the first, and the only one";
        if (table_column(t, c->name) != (int)i)
            return "two columns have one name";
    }
    return strcmp(t->columns[0].name, "time") || t->columns[0].type != TYPE_TIME ? "the first column must be \"time\"" : NULL;
}
