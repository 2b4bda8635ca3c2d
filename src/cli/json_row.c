#include "cli/json_row.h"

ssize_t json_row_split(char *line, size_t n, struct json_value *values, size_t max)
{
    struct json_scan s = {line, line + n};
    size_t count = 0;
    if (!json_take(&s, '['))
        return -1;
    if (json_take(&s, ']'))
        return 0;
    do {
        if (count == max || !json_take_value(&s, &values[count++]))
            return -1;
    } while (json_take(&s, ','));
    if (!json_take(&s, ']'))
        return -1;
    json_skip_blanks(&s);
    return s.p == s.end ? (ssize_t)count : -1;
}
