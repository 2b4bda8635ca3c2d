/* A growable byte string with a ceiling, and the few ways of quoting that outputs need. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct text {
    char *bytes;   /* NUL-terminated whenever non-NULL */
    size_t length; /* without the NUL */
    size_t size;
    size_t ceiling; /* bytes; 0: TEXT_CEILING */
    bool full;      /* an append did not fit under the ceiling or memory ran out; later appends do nothing */
};

enum { TEXT_CEILING = 256 * 1024 * 1024 };

/* A zeroed struct text is ready for use. */
void text_add(struct text *t, const void *bytes, size_t n);
void text_adds(struct text *t, const char *string);
void text_addc(struct text *t, char c);
void text_addf(struct text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_add_u64(struct text *t, uint64_t v);
void text_add_i64(struct text *t, int64_t v);
/* A JSON string with its quotes. Bytes that are not UTF-8 become U+FFFD. */
void text_add_json(struct text *t, const char *bytes, size_t n);
/* A CSV field, quoted when it must be (RFC 4180). */
void text_add_csv(struct text *t, const char *bytes, size_t n);
/* One shell word: bare when safe, else quoted so that bash reads it back byte for byte ($'…' for control and non-UTF-8 bytes). */
void text_add_shell(struct text *t, const char *bytes, size_t n);
/* UTC time in ISO 8601 with nanoseconds: 2026-11-21T01:02:03.000000004Z */
void text_add_time(struct text *t, int64_t unix_ns);
void text_clear(struct text *t); /* length 0, memory kept */
void text_free(struct text *t);
/* Whether the n bytes have the word as a word of its own, in any case: no letter, digit or underscore of ASCII is beside it. */
bool text_has_word(const char *bytes, size_t n, const char *word);
/* Length of the valid UTF-8 sequence at p (1..4), 0 when invalid. */
size_t text_utf8_length(const char *p, size_t n);
/* How many of the n bytes are UTF-8, from the first on. */
size_t text_utf8_prefix(const char *p, size_t n);

/* Names (paths, comm …) are bytes to the kernel and UTF-8 here, in a form that can be turned back: a byte that belongs to no valid
 * sequence becomes \xHH (80 to ff), and a backslash becomes \x5c where the name itself has what would be read as such an escape.
 * All other names are their own form. */
bool text_is_name(const char *p, size_t n); /* whether it is its own form */
/* Writes the form to `out`, which has room for TEXT_NAME_GROWTH * n bytes; returns its length. */
size_t text_escape_name(char *out, const char *p, size_t n);
enum { TEXT_NAME_GROWTH = 4 };
