#include "symbols/maps.h"

#include <string.h>

/* A number in base 16 up to `end`, which is cut off too. */
static bool cut_hex(struct span *from, char end, uint64_t *v)
{
    const char *start = from->p;
    for (*v = 0; from->p < from->end && *from->p != end; from->p++) {
        char c = *from->p;
        int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
        if (digit < 0 || *v >> 60)
            return false;
        *v = *v << 4 | (unsigned)digit;
    }
    bool ended = from->p > start && (from->p < from->end || end == '\0');
    from->p += from->p < from->end;
    return ended;
}

static void read_path(struct span rest, struct maps_line *out)
{
    static const char mark[] = " (deleted)";
    size_t n = sizeof mark - 1;
    while (rest.p < rest.end && *rest.p == ' ')
        rest.p++;
    out->deleted = span_length(rest) > n && !memcmp(rest.end - n, mark, n);
    out->path = (struct span){rest.p, rest.end - (out->deleted ? n : 0)};
}

bool maps_parse(struct span line, struct maps_line *out)
{
    uint64_t major, minor;
    *out = (struct maps_line){0};
    if (!cut_hex(&line, '-', &out->start) || !cut_hex(&line, ' ', &out->end) || out->end <= out->start)
        return false;
    struct span modes = span_word(&line), offset = span_word(&line), device = span_word(&line);
    if (span_length(modes) != 4 || !cut_hex(&offset, '\0', &out->offset) || !cut_hex(&device, ':', &major) ||
        !cut_hex(&device, '\0', &minor) || !span_u64(&line, &out->inode))
        return false;
    out->executable = modes.p[2] == 'x';
    out->major = (uint32_t)major;
    out->minor = (uint32_t)minor;
    read_path(line, out);
    return true;
}
