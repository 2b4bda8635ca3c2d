/* A batch's columns into DuckDB's vectors: fixed-size values by one memcpy, strings as handles into the batch's arena. */
#pragma once
#include "table/batch.h"

#include <duckdb.h>

duckdb_type feed_type(enum column_type type);
/* Fills the vector with the batch's rows of this column. Strings that are not UTF-8 are mended into `mended`; the handles stay
 * valid as long as the batch and that arena are. */
void feed_column(duckdb_vector vector, const struct batch *b, size_t column, struct arena *mended);
