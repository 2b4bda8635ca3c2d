/* One column's values as text, straight from DuckDB's vectors or from a batch's arrays: no allocation per value.
 *
 * How each type is written (the same in every format; JSON adds quotes where needed):
 *   integers, HUGEINT, BIGNUM, DECIMAL   digits, exact            DOUBLE, FLOAT   shortest text that reads back as the same number
 *   TIMESTAMP*   2026-11-21T01:02:03.000000004Z (9 digits for _NS, 6 for microseconds, 3 for _MS, none for _S)
 *   DATE 2026-11-21   TIME 01:02:03.000004   TIME WITH TIME ZONE 01:02:03.000004+02:00   INTERVAL 1 year 2 months 3 days 04:05:06
 *   BLOB hex   BIT 0101   UUID, ENUM as usual   LIST, ARRAY [..]   STRUCT {..} ([..] when unnamed)   MAP {..}   UNION {"member":value}
 *   JSON as it is, without insignificant white space
 * NaN and infinities are null in JSON, nan, inf, -inf in CSV. */
#pragma once
#include "base/err.h"
#include "base/text.h"
#include "table/schema.h"

#include <duckdb.h>
#include <stdbool.h>

enum { VALUE_MAX_CHILDREN = 4096, VALUE_MAX_DEPTH = 128 };

struct value_column {
    duckdb_type type;
    duckdb_type storage; /* of DECIMAL and ENUM */
    bool json;           /* VARCHAR that holds JSON */
    bool str;            /* VARCHAR, or a histogram's LIST, as struct str: a batch's column */
    bool unnamed;        /* STRUCT without field names */
    uint8_t width, scale;
    uint64_t array_size;
    struct text *labels; /* ENUM: values; STRUCT, UNION: names; plain text */
    size_t n_labels;
    struct value_column *children;
    size_t n_children;
    const void *data;      /* of the chunk or batch at hand */
    const uint64_t *valid; /* NULL: all are */
};

/* Fills a zeroed column from a DuckDB type. -EINVAL names a type that cannot be shown. */
int value_describe(struct value_column *c, duckdb_logical_type type, struct err *why);
/* Fills a zeroed column from a table's declaration. */
void value_describe_table(struct value_column *c, enum column_type type);
void value_forget(struct value_column *c);
/* Points the column at a chunk's vector; valid until the chunk goes. */
void value_look(struct value_column *c, duckdb_vector vector);
/* The type in SQL: DECIMAL(18,3), STRUCT(a INTEGER). */
void value_type_name(const struct value_column *c, struct text *out);

void value_add_json(const struct value_column *c, uint64_t row, struct text *out);
/* `scratch` is for nested values, kept by the caller between calls. */
void value_add_csv(const struct value_column *c, uint64_t row, struct text *out, struct text *scratch);
