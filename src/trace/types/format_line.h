/* A line of a tracepoint's format file. */
#pragma once
#include "base/span.h"

#include <ctype.h>

enum { DECLARATION_MAX = 256 };

struct format_line {
    char type[DECLARATION_MAX]; /* "const char *", "__u8"; without __data_loc */
    char name[DECLARATION_MAX];
    char dimension[DECLARATION_MAX]; /* "[16]", "[]", "" */
    uint64_t offset, size, is_signed;
    bool is_array, is_data_loc, is_relative;
};

/* False when the line declares no field. */
bool format_read_line(struct span line, struct format_line *f);

static inline bool is_name_byte(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}
