/* A format string, parsed. */
#pragma once
#include "trace/print/internal.h"

struct arena;

enum conversion_kind {
    CONVERT_LITERAL,  /* bytes as they are */
    CONVERT_SIGNED,   /* d i */
    CONVERT_UNSIGNED, /* u o x X */
    CONVERT_POINTER,  /* p */
    CONVERT_CHARACTER,
    CONVERT_TEXT,   /* s */
    CONVERT_BUFFER, /* r rx rh */
    CONVERT_GFP,    /* gr */
};

struct piece {
    uint8_t kind;
    uint8_t size;        /* the integer is cut to so many bytes: by h, l … */
    uint8_t buffer_form; /* enum buffer_form */
    uint8_t base;        /* of a number that has no flags but - and 0 and no precision: 8, 10 or 16; else 0 */
    bool is_left, has_zeros, is_upper;
    bool has_space_flag;
    int32_t width, precision; /* precision: -1 when there is none */
    const char *bytes;        /* a literal's bytes; else the conversion in C's words, "%-5llx", with NUL */
    uint32_t length;          /* of a literal */
    char words[8];            /* as it was written, cut: for complaints */
    struct format_argument argument;
};

struct format {
    struct piece *pieces;
    uint32_t count;
};

enum format_fault_kind { FAULT_NONE, FAULT_MEMORY, FAULT_TOO_FEW, FAULT_TOO_MANY, FAULT_TYPE, FAULT_WIDTH };
struct format_fault {
    enum format_fault_kind kind;
    size_t expected;           /* arguments */
    size_t argument;           /* from 1, that does not fit */
    const struct piece *piece; /* it does not fit this one */
};

/* format_parse without its words. */
struct format *format_read(struct arena *arena, const char *text, size_t length, const struct format_argument *arguments,
                           size_t n_arguments, struct format_fault *fault);
/* What a conversion takes: "integer", "string", "buffer". */
const char *format_expects(const struct piece *piece);

/* gfp.c: flags of the page allocator in the kernel's names, joined by |. */
void gfp_text(uint64_t flags, struct text *out);
