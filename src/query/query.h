/* SQL in, rows out, safely: one reading statement in a read-only transaction, run step by step so that it can be stopped.
 *
 * query_open checks and prepares; query_next runs and hands out one chunk of rows at a time (never the whole result).
 * One query a connection at a time. A query is used by one thread; only query_cancel may come from others. */
#pragma once
#include "base/err.h"

#include <duckdb.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct query;

struct query_options {
    uint64_t timeout_ns;     /* from query_open on, the reader's pauses included; 0: none */
    bool (*gone)(void *arg); /* asked every 50 ms from another thread: nobody waits for the rows any more. NULL: never */
    void *arg;
};

/* Codes of the errors: EINVAL (wrong SQL), EPERM (refused), ETIMEDOUT, ECANCELED (also when nobody waits any more), ENOMEM
 * (memory limit), EIO (the store cannot answer). */
int query_open(duckdb_connection connection, const char *sql, size_t n, const struct query_options *options, struct query **out,
               struct err *why);
/* As query_open, for a statement whose rows go into a Parquet file (zstd) at `path`, which lies in a directory that DuckDB may
 * write. query_next then gives no rows; query_copied tells how many were written. */
int query_open_parquet(duckdb_connection connection, const char *sql, size_t n, const char *path, const struct query_options *options,
                       struct query **out, struct err *why);
/* The next rows: 1 with a chunk (destroy it with duckdb_destroy_data_chunk), 0 at the end, else -errno. */
int query_next(struct query *q, duckdb_data_chunk *chunk, struct err *why);
/* The result's columns; valid after the first query_next that gave 0 or 1. */
duckdb_result *query_result(struct query *q);
uint64_t query_copied(const struct query *q);
/* Any thread, any time before query_close. */
void query_cancel(struct query *q);
/* Ends the transaction; the connection may be used again. NULL is fine. */
void query_close(struct query *q);
