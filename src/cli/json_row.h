/* One line of the format `rows`: a JSON array of plain values, split in place, numbers kept as they were written. */
#pragma once
#include "base/json_scan.h"

#include <sys/types.h>

/* The number of values, or -1 when the line is not an array or has more than `max`. The line is changed. */
ssize_t json_row_split(char *line, size_t n, struct json_value *values, size_t max);
