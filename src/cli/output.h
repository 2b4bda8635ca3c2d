/* Where data goes: stdout, unbuffered, and what kind of thing it is. */
#pragma once
#include <stdbool.h>
#include <stddef.h>

struct terminal {
    bool is_terminal;
    bool colour;  /* a terminal, and NO_COLOR is unset (https://no-color.org) */
    size_t width; /* columns; 0: not a terminal, do not cut */
};

void terminal_probe(struct terminal *t);
/* Writes all bytes. False: the reader is gone, a signal came, or the disk is full (said on stderr). */
bool output_write(const void *bytes, size_t n);
/* Whether output_write has failed for another reason than a reader that left or a signal: the output is not whole. */
bool output_failed(void);
/* Whether the reader of stdout is gone. */
bool output_closed(void);
/* Ends a text made in memory; prints it, frees it and returns an exit code. */
struct text;
int output_text(struct text *t);
