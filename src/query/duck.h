/* Small helpers around DuckDB's C API: its errors as struct err, a statement run for its effect. */
#pragma once
#include "base/err.h"

#include <duckdb.h>

/* DuckDB's message as a sentence, without its advice to SET what cannot be set here, with the errno that fits its kind:
 *   EINVAL   the statement is wrong      EPERM   refused      ENOMEM   memory limit reached
 *   ECANCELED interrupted                EIO     the store could not read or is broken */
int duck_error(struct err *why, duckdb_error_type type, const char *message);
/* Runs a statement and throws its result away. */
int duck_run(duckdb_connection connection, const char *sql, struct err *why);
/* Gives the connection a now() and current_timestamp that fit our time columns: a TIMESTAMP in UTC. DuckDB's own have a time zone,
 * which it neither compares with TIMESTAMP_NS nor casts to UTC (it takes the session's zone). */
int duck_utc_now(duckdb_connection connection, struct err *why);
/* The bytes of a VARCHAR, BLOB or BIT in a vector; borrowed from it. */
static inline const char *duck_string(const duckdb_string_t *s, uint32_t *length)
{
    *length = s->value.inlined.length;
    return *length <= 12 ? s->value.inlined.inlined : s->value.pointer.ptr;
}
