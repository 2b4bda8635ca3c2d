/* Plain JSON values, read in place: strings lose their quotes and escapes where they stand, numbers are kept as they were written. What is
 * between the values is the caller's to check. */
#pragma once
#include <stdbool.h>
#include <stddef.h>

enum scan_kind { SCAN_NULL, SCAN_NUMBER, SCAN_TEXT, SCAN_OTHER /* true, false, nested: as written */ };

struct json_value {
    enum scan_kind kind;
    const char *p; /* into the line; strings without quotes and escapes; not NUL-terminated */
    size_t n;
};

struct json_scan {
    char *p, *end;
};

void json_skip_blanks(struct json_scan *s);
/* Takes the character after blanks; false when another one stands there. */
bool json_take(struct json_scan *s, char c);
/* Takes a value; false when there is none. The bytes of a string are changed. */
bool json_take_value(struct json_scan *s, struct json_value *v);
