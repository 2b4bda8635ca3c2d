/* Lines of a script by byte, found fast: each instruction asks. */
#pragma once
#include "trace/front/source.h"

struct source_lines {
    const struct source *source;
    uint32_t *starts; /* byte at which each line starts */
    uint32_t count;
};

struct source_line {
    uint32_t number, column; /* from 1 */
    const char *text;        /* without blanks in front and the line's end */
    uint32_t length;
};

/* In the arena; 0 or -ENOMEM. */
int source_lines_find(struct arena *arena, const struct source *source, struct source_lines *out);
/* The line of a byte; of the last byte when `at` is behind it. */
struct source_line source_line_at(const struct source_lines *lines, uint32_t at);
