/* The live stream's WHERE: one SQL boolean expression over a table's columns, run on batches as they come.
 *
 * The expression is compiled by a small in-memory DuckDB of its own that knows one table function, the batch at hand, and can
 * reach nothing else. One thread at a time, but query_filter_interrupt. */
#pragma once
#include "base/err.h"
#include "table/batch.h"

struct query_filter;

/* NULL with a sentence: not one expression, an unknown column (the nearest is named), not true or false. */
struct query_filter *query_filter_create(const struct table *table, const char *where, size_t n, struct err *why);
/* Which rows of the batch are wanted, ascending; `rows` has room for BATCH_ROWS. An expression may fail on a value (a cast, a
 * division): -EINVAL with a sentence. */
int query_filter_run(struct query_filter *f, const struct batch *b, uint32_t *rows, uint32_t *n, struct err *why);
void query_filter_interrupt(struct query_filter *f); /* any thread: ends a run that takes long */
void query_filter_destroy(struct query_filter *f);   /* NULL is fine */
