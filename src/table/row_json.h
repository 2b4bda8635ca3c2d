/* A row as a line of JSON: {"time":T,"pid":1234,"comm":"cat"}, keys are columns. */
#pragma once
#include "base/err.h"
#include "table/batch.h"

enum { ROW_JSON_LINE_MAX = 64 * 1024 };

/* Adds the row of one line to a batch that has room for it. The line is changed.
 *
 * Columns that the line does not name, or names as null, are NULL; without a time the row has now_utc_ns. Whole numbers are exact up to
 * 64 bits; a time is nanoseconds since 1970 or "2026-11-21T01:02:03.5Z"; a histogram is an array of counts by bucket.
 * What does not fit (an unknown column, another type, a number out of range, bytes that are not UTF-8, a time more than a day ahead)
 * is -EINVAL with words, and the batch is as it was. */
int row_json_add(struct batch *b, char *line, size_t n, int64_t now_utc_ns, struct err *why);
