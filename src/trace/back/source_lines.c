#include "trace/back/source_lines.h"

#include "base/arena.h"

#include <errno.h>

int source_lines_find(struct arena *arena, const struct source *source, struct source_lines *out)
{
    uint32_t n = 1;
    for (size_t i = 0; i < source->length; i++)
        n += source->text[i] == '\n';
    *out = (struct source_lines){.source = source, .starts = arena_alloc(arena, n * sizeof *out->starts)};
    if (!out->starts)
        return -ENOMEM;
    out->starts[out->count++] = 0;
    for (size_t i = 0; i < source->length; i++)
        if (source->text[i] == '\n')
            out->starts[out->count++] = (uint32_t)i + 1;
    return 0;
}

struct source_line source_line_at(const struct source_lines *lines, uint32_t at)
{
    const struct source *s = lines->source;
    uint32_t low = 0, high = lines->count;
    if (at > s->length)
        at = (uint32_t)s->length;
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (lines->starts[middle] <= at)
            low = middle;
        else
            high = middle;
    }
    uint32_t first = lines->starts[low], end = low + 1 < lines->count ? lines->starts[low + 1] - 1 : (uint32_t)s->length;
    struct source_line line = {.number = low + 1, .column = at - first + 1};
    while (first < end && (s->text[first] == ' ' || s->text[first] == '\t'))
        first++;
    while (end > first && (s->text[end - 1] == '\r' || s->text[end - 1] == ' '))
        end--;
    line.text = s->text + first;
    line.length = end - first;
    return line;
}
