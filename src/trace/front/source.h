/* The text of a script, and what is said about places in it. */
#pragma once
#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

/* A stretch of the text, in bytes. */
struct place {
    uint32_t at, length;
};

struct source {
    const char *name; /* of the file; "stdin" for -e, as bpftrace says it */
    const char *text; /* need not end with NUL */
    size_t length;
};

enum complaint_kind { COMPLAINT_ERROR, COMPLAINT_WARNING };

struct complaint {
    enum complaint_kind kind;
    struct place place;
    const char *text; /* a sentence */
    const char *hint; /* what would work, or the near name; NULL: none */
    struct complaint *next;
};

enum { COMPLAINTS_MAX = 20 }; /* kept; more are counted */

/* What the phases of the compiler have to say, in the order of finding. All strings live in the arena. */
struct complaints {
    struct arena *arena;
    const struct source *source;
    struct complaint *first, **last;
    size_t errors, warnings; /* all, kept or not */
};

void complaints_init(struct complaints *c, struct arena *arena, const struct source *source);
void complain(struct complaints *c, struct place place, const char *format, ...) __attribute__((format(printf, 3, 4)));
void complain_softly(struct complaints *c, struct place place, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* Adds a hint to the last complaint. */
void complain_hint(struct complaints *c, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* "stdin:1:7-10: ERROR: …", the line, carets under the place, the hint; all of them. */
void complaints_print(const struct complaints *c, struct text *out);
/* Line and column, from 1, of a byte of the text. */
void source_locate(const struct source *source, uint32_t at, uint32_t *line, uint32_t *column);
/* From the start of a to the end of b. */
static inline struct place place_join(struct place a, struct place b)
{
    return (struct place){a.at, b.at + b.length - a.at};
}
