#include "kernel/path.h"

#include <string.h>

enum { MAX_NAMES = 64 };

void path_assemble(const char *names, size_t n, struct text *out)
{
    const char *start[MAX_NAMES];
    size_t length[MAX_NAMES], count = 0;
    bool whole = false;
    for (size_t at = 0; at < n && count < MAX_NAMES;) {
        size_t k = strnlen(names + at, n - at);
        if (!k) {
            whole = true;
            break;
        }
        start[count] = names + at;
        length[count++] = k;
        at += k + 1;
    }
    if (!whole)
        text_adds(out, "...");
    if (whole && !count)
        text_addc(out, '/');
    while (count--) {
        text_addc(out, '/');
        text_add(out, start[count], length[count]);
    }
}
