/* The values of number and string literals. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

struct literal_number {
    uint64_t value;
    bool is_unsigned;    /* by its suffix, or too large for int64 */
    const char *problem; /* why it is no number; NULL: it is one */
};

/* 12, 017, 0x1f, 0b101, 1e6, 1_000, 10ms (a duration: ns), 5ul, 'x' */
struct literal_number literal_read_number(const char *text, size_t n);

struct literal_string {
    const char *bytes; /* in the arena, with a NUL that is not counted; NULL without memory or with a problem */
    uint32_t length;
    const char *problem;
    uint32_t problem_at; /* byte of the text with its quotes */
};

/* "text" with its quotes, escapes undone. */
struct literal_string literal_read_string(struct arena *arena, const char *text, size_t n);
