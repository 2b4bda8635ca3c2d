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

/* Opens a reader for a question: `sql`, n bytes, or NULL when it is not known. It sees what store_show() shows.
 * -EAGAIN with a sentence while the store is between two databases. Thread safe. */
int store_reader_open(struct store *s, const char *sql, size_t n, struct store_reader **out, struct err *why);
/* Makes those rows visible that the store has taken by now, of the tables that `sql` names (of all, when it is NULL): statements that begin
 * afterwards see them. It waits for a commit when such rows are still in the journal or the queue, usually some milliseconds, a quarter of
 * a second at most: a store that is that far behind shows what it has committed. A table that is not named may lack its last 20 s. Thread
 * safe. */
void store_show(struct store *s, const char *sql, size_t n);
/* Borrowed: valid until store_reader_close; one thread at a time, except duckdb_interrupt. */
duckdb_connection store_reader_connection(struct store_reader *r);
/* Why the store has interrupted this reader, to say so instead of "INTERRUPT": ENOMEM (the engine's memory did not suffice for the
 * store's own rows beside the questions), EIO (any other reason to reopen the database); 0 when it has not. */
int store_reader_revoked(struct store_reader *r);
/* An existing directory inside the store where SQL may write temporary result files; the caller removes what it put there. */
const char *store_reader_export_dir(struct store_reader *r);
void store_reader_close(struct store_reader *r); /* NULL is fine */
