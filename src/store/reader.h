/* A place to ask questions from: a DuckDB connection to the store as it is now, for the query room.
 *
 * Open one for each query and close it when the result is read: an open reader keeps removed segments on disk (for a minute at
 * most) and, after a write failure, keeps the store from reopening its database (its query is interrupted then).
 *
 * The connection sees one view a table, `main.<table>`, with the declared columns in the declared order; hot rows and segments are
 * behind it, each row once. The store's configuration is locked, and SQL can read and write files only below DIR/segments and
 * DIR/tmp (and, as DuckDB always allows, its own database file): statements other than reading ones must be refused by the caller. */
#pragma once
#include "base/err.h"

#include <duckdb.h>

struct store;
struct store_reader;

/* Opens a reader. -EAGAIN with a sentence while the store is between two databases. Thread safe. */
int store_reader_open(struct store *s, struct store_reader **out, struct err *why);
/* Borrowed: valid until store_reader_close; one thread at a time, except duckdb_interrupt. */
duckdb_connection store_reader_connection(struct store_reader *r);
/* True once the store has interrupted this reader, to say so instead of "INTERRUPT". */
bool store_reader_revoked(struct store_reader *r);
/* An existing directory inside the store where SQL may write temporary result files; the caller removes what it put there. */
const char *store_reader_export_dir(struct store_reader *r);
void store_reader_close(struct store_reader *r); /* NULL is fine */
