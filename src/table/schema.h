/* A table is data: everything that shows, stores, filters, exports or documents rows is derived from these declarations. */
#pragma once
#include <stddef.h>
#include <stdint.h>

/* What a value is; its name, SQL type and size are in schema.c. */
enum column_type {
    TYPE_BOOL, /* uint8_t, 0 or 1 */
    TYPE_I32,
    TYPE_I64,
    TYPE_U16,
    TYPE_U32,
    TYPE_U64,
    TYPE_F64,
    TYPE_TEXT,      /* struct str, UTF-8; names that are not are escaped, see base/text.h */
    TYPE_TIME,      /* int64_t, ns since 1970 UTC; SQL TIMESTAMP_NS */
    TYPE_HISTOGRAM, /* counts by bucket, see table/histogram.h; in a batch a struct str of uint64_t; the unit is that of the values */
    TYPE_COUNT,
};

enum column_role {
    ROLE_TIME,      /* when; exactly one a table, the first column, named "time" */
    ROLE_IDENTITY,  /* whose: pid, process_key, container … */
    ROLE_DIMENSION, /* what kind: group by it */
    ROLE_MEASURE,   /* how much: sum, average, plot it */
};

struct column {
    const char *name; /* snake_case, the unit in the name: latency_ns, rss_bytes */
    enum column_type type;
    enum column_role role;
    const char *unit; /* "ns", "bytes", "1", or NULL */
    const char *description;
};

struct table {
    const char *name;        /* snake_case, plural */
    const char *description; /* one line */
    const struct column *columns;
    size_t n_columns;
};

/* Shape of a table's columns, for declarations:
 *   static const struct column columns[] = { [C_TIME] = COLUMN_TIME("when the open returned"), … };
 *   const struct table table_file_ops = TABLE("file_ops", "…", columns); */
/* clang-format off */
#define COLUMN_TIME(what) {"time", TYPE_TIME, ROLE_TIME, "ns", what}
#define TABLE(table_name, what, cols) {table_name, what, cols, sizeof(cols) / sizeof((cols)[0])}
/* clang-format on */

const char *type_name(enum column_type type); /* "u64" */
const char *type_sql(enum column_type type);  /* "UBIGINT" */
size_t type_size(enum column_type type);      /* bytes of one value in a batch */
const char *role_name(enum column_role role);
/* Whether a batch holds the values as struct str, their bytes in its arena. */
static inline int type_in_arena(enum column_type type)
{
    return type == TYPE_TEXT || type == TYPE_HISTOGRAM;
}

/* Index of a column by name, or -1. */
int table_column(const struct table *t, const char *name);
/* Checks what every declaration must keep (time first, names, units, descriptions); NULL when right, else what is wrong. */
const char *table_check(const struct table *t);
