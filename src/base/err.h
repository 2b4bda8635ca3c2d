/* Errors: a negative errno inside the program, one sentence for people at its edge.
 * A function that can fail for a reason worth words takes `struct err *` and returns err_set(...). */
#pragma once
#include <errno.h>
#include <stdbool.h>

struct err {
    int code;       /* positive errno; 0: no error */
    char text[768]; /* a sentence: the object, the cause, the remedy */
};

/* Writes the sentence and returns -code. `e` may be NULL. The first sentence wins unless err_clear is called. */
int err_set(struct err *e, int code, const char *format, ...) __attribute__((format(printf, 3, 4)));
void err_clear(struct err *e);
/* Puts "prefix: " before the sentence that is already there, and returns -code. */
int err_prefix(struct err *e, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* "ENOENT" for 2; NULL for an unknown number. Static string. Source: include/uapi/asm-generic/errno*.h. */
const char *err_name(int code);

#ifdef __clang_analyzer__ /* it does not see into err.c: what comes back is never 0 */
#define err_set(...)    ((err_set)(__VA_ARGS__), -EINVAL)
#define err_prefix(...) ((err_prefix)(__VA_ARGS__), -EINVAL)
#endif
