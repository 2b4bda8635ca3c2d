/* Rows as text in the formats of the interface:
 *   json    one array of objects, a row a line        jsonl   an object a line
 *   csv     a header line, then RFC 4180 with LF      rows    {"columns":[{"name":…,"type":…}]}, then one array a line
 * All of them appended to a text that the caller empties as it sends it. */
#pragma once
#include "base/err.h"
#include "base/text.h"
#include "table/batch.h"

#include <duckdb.h>

enum render_format { RENDER_JSON, RENDER_JSONL, RENDER_CSV, RENDER_ROWS, RENDER_FORMATS };

struct render;

/* -1 when there is no such format. */
int render_format_find(const char *name);
const char *render_format_mime(enum render_format format);

/* For the columns of a result. NULL with a sentence when a column's type cannot be shown. */
struct render *render_create(enum render_format format, duckdb_result *result, struct err *why);
/* For the columns of a table's batches. */
struct render *render_create_table(enum render_format format, const struct table *table, struct err *why);
/* For some of them, named in the order wanted, as in "time,pid,comm". -EINVAL names a column that the table has not. */
struct render *render_create_columns(enum render_format format, const struct table *table, const char *names, struct err *why);
void render_destroy(struct render *r);

void render_begin(struct render *r, struct text *out);
void render_chunk(struct render *r, duckdb_data_chunk chunk, struct text *out);
/* Rows of a batch: those in `rows`, or all of it when rows is NULL. */
void render_batch(struct render *r, const struct batch *b, const uint32_t *rows, uint32_t n, struct text *out);
void render_end(struct render *r, struct text *out);
uint64_t render_rows(const struct render *r); /* so far */
