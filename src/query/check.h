/* Which SQL is let in: exactly one reading statement, with no function that has effects or reaches outside the store.
 *
 * DuckDB's own parser does the parsing: json_serialize_sql() gives the syntax tree of a SELECT (DESCRIBE, SHOW, SUMMARIZE,
 * VALUES, FROM-first and PIVOT with IN are SELECTs to it) and refuses everything else; the tree is then walked. Table
 * functions are let in by name, all others are refused, so that a newer DuckDB opens no hole; scalar functions are let in
 * except those with effects. Verified against the function list of DuckDB 1.4.4. */
#pragma once
#include "base/err.h"

#include <duckdb.h>
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

enum { CHECK_SQL_CEILING = 1024 * 1024 };

struct check_statement {
    bool explain;      /* EXPLAIN of the statement at `start` */
    size_t start, end; /* the reading statement itself, without EXPLAIN and without the closing semicolon */
};

/* 0, or -EPERM (refused) or -EINVAL (not SQL) with a sentence. `sql` may hold any bytes. */
int check_statement(duckdb_connection connection, const char *sql, size_t n, struct check_statement *out, struct err *why);

/* The syntax tree of one SELECT, checked for functions; the caller calls json_decref. NULL with a sentence. */
json_t *check_parse(duckdb_connection connection, const char *sql, size_t n, struct err *why);
