/* A batch's columns into DuckDB's vectors: fixed-size values by one memcpy, strings as handles into the batch's arena. */
#pragma once
#include "table/batch.h"

#include <duckdb.h>

/* Fills the vector with the batch's rows of this column. The handles stay valid as long as the batch. */
void feed_column(duckdb_vector vector, const struct batch *b, size_t column);
