/* Columns as DuckDB knows them: the type of each, and histograms as lists. */
#pragma once
#include "table/batch.h"

#include <duckdb.h>

duckdb_type types_id(enum column_type type);
/* To be destroyed by the caller. */
duckdb_logical_type types_logical(enum column_type type);
/* Fills a vector of UBIGINT[] with a batch's histograms (validity is the caller's). False when memory ran out. */
bool types_fill_histograms(duckdb_vector vector, const struct batch *b, size_t column);
