/* Reading the kernel's text files: lines, words and numbers, cut off the front of a stretch of bytes. Nothing is copied, nothing
 * is NUL-terminated, and nothing beyond the end is looked at. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct span {
    const char *p, *end;
};

static inline struct span span_of(const char *bytes, size_t n)
{
    return (struct span){bytes, bytes + n};
}

static inline size_t span_length(struct span s)
{
    return (size_t)(s.end - s.p);
}

/* Cuts the next line off, without its newline. False at the end. */
bool span_line(struct span *from, struct span *line);
/* Cuts the next word off: what is between blanks (spaces and tabs). Empty at the end. */
struct span span_word(struct span *from);
/* Cuts a decimal number off, after blanks; a minus is accepted and the value kept modulo 2^64. False, and nothing is cut off
 * but blanks and the minus, when there is no digit. */
bool span_u64(struct span *from, uint64_t *v);
/* Cuts `count` numbers off; false when there are fewer. */
bool span_numbers(struct span *from, uint64_t *v, size_t count);
bool span_is(struct span s, const char *word);
bool span_starts(struct span s, const char *prefix);

/* One line of /proc/<pid>/mountinfo (proc_pid_mountinfo(5)). */
struct span_mount {
    uint32_t major, minor;    /* of the file system's device */
    struct span root, point;  /* escaped: spaces are \040 */
    struct span type, source; /* source: escaped */
};
bool span_mount(struct span line, struct span_mount *out);
/* Undoes \ooo. False when it is empty or does not fit with its NUL. */
bool span_unescape(struct span s, char *out, size_t size);
