/* SQL functions over histogram columns, for every connection of a database:
 *   histogram_sum(h)            aggregate: the histograms of many rows as one
 *   histogram_count(h)          how many values were counted
 *   histogram_quantile(h, q)    the value below which the share q (0 to 1) lies, as DOUBLE
 *   histogram_bounds(h)         the smallest value of each of its buckets */
#pragma once
#include "base/err.h"

#include <duckdb.h>

/* Registers them in the database of the connection. 0, or -EIO with words. */
int functions_register(duckdb_connection connection, struct err *why);
