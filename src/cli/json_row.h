/* One line of the format `rows`: a JSON array of plain values, split in place, numbers kept as they were written. */
#pragma once
#include <stddef.h>
#include <sys/types.h>

enum json_kind { JSON_ROW_NULL, JSON_ROW_NUMBER, JSON_ROW_TEXT, JSON_ROW_OTHER /* true, false, nested: as written */ };

struct json_value {
    enum json_kind kind;
    const char *p; /* into the line; strings without quotes and escapes; not NUL-terminated */
    size_t n;
};

/* The number of values, or -1 when the line is not an array or has more than `max`. The line is changed. */
ssize_t json_row_split(char *line, size_t n, struct json_value *values, size_t max);
