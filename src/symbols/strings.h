/* Names, one behind the other in one block, told by where they begin. Used within symbols/ only. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct strings {
    char *bytes; /* each name ends with a NUL; the first is "" */
    size_t used, size, ceiling;
    bool failed; /* out of memory, or the ceiling is reached: what was added last is "" */
};

void strings_init(struct strings *s, size_t ceiling); /* at most 4 GiB */
void strings_free(struct strings *s);                 /* a zeroed one is fine */
/* Copies n bytes, without any NUL among them. Returns where; 0 when it fails. */
uint32_t strings_add(struct strings *s, const char *bytes, size_t n);
/* Room for n bytes that the caller fills, NULL-terminated behind them. Returns where, 0 when it fails. */
uint32_t strings_reserve(struct strings *s, size_t n);

static inline const char *strings_at(const struct strings *s, uint32_t at)
{
    return s->bytes && at < s->used ? s->bytes + at : "";
}

/* Names come from files that anybody may have written: what would move a terminal's cursor becomes a question mark. NULs stay. */
void strings_make_printable(char *bytes, size_t n);

/* Which of two names of one thing people would rather read: fewer underscores in front, then the shorter, then the alphabet's. */
int strings_compare_names(const char *a, const char *b);
