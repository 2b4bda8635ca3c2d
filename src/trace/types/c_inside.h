/* Reading a script's own C: struct, union, enum and typedef definitions and the preprocessor's lines. */
#pragma once
#include "trace/types/inside.h"

enum c_token_kind { C_END, C_NAME, C_NUMBER, C_STRING, C_PUNCTUATION };

struct c_token {
    enum c_token_kind kind;
    const char *text; /* as it stands */
    uint32_t at, length;
    int64_t number;  /* of C_NUMBER; 'x' is one, too */
    int punctuation; /* one to three characters, the first in the highest byte: '<' << 8 | '<' */
};

enum { C_CONDITIONS_MAX = 32, C_NESTING_MAX = 100 };
#define C_PAIR(a, b) ((a) << 8 | (b))

struct c_reader {
    struct types *t;
    struct complaints *c; /* NULL: silent */
    const char *text;
    uint32_t base;        /* where text begins in the source */
    uint32_t at, end;     /* in text */
    struct c_token token; /* the one to be read next */
    bool line_start;
    bool failed;          /* something was complained about in this declaration */
    uint32_t depth, open; /* of structs in structs; braces that have been read */
    /* #if … #endif */
    uint32_t conditions, inactive; /* open ones; those that are open inside one that does not hold, with itself */
    bool taken[C_CONDITIONS_MAX];  /* a branch of it has held */
};

/* c_token.c */
void c_start(struct c_reader *r, const char *text, uint32_t at, uint32_t length);
void c_advance(struct c_reader *r);
bool c_is(const struct c_reader *r, const char *word); /* a name or a punctuation */
bool c_take(struct c_reader *r, const char *word);
void c_complain(struct c_reader *r, const char *format, ...) __attribute__((format(printf, 2, 3))); /* once a declaration */
char *c_copy_name(struct c_reader *r);                                                              /* the token's; in the arena */

/* c_line.c: a line of the preprocessor; r->at is behind the '#'. Leaves r->at at the end of the line, or of what the line excludes. */
void c_line(struct c_reader *r);
void c_skip_excluded(struct c_reader *r);

/* c_number.c: a constant expression of C. False after a complaint. */
bool c_number(struct c_reader *r, int64_t *value);
/* The value of a text alone. */
bool c_evaluate(struct types *t, const char *text, int64_t *value);

/* c_base.c */
struct c_base {
    const struct value_type *type;
    bool is_user;
    uint32_t align; /* of __attribute__((aligned(n))); 0: none */
    bool is_packed;
};
bool c_is_type(const struct c_reader *r); /* whether a type begins here */
bool c_base(struct c_reader *r, struct c_base *out);
/* const, static, __user and other words that do not change the type. */
bool c_skip_qualifier(struct c_reader *r, bool *is_user);
/* To behind the parenthesis that closes the one that has been read. */
void c_skip_parentheses(struct c_reader *r);
/* __attribute__((…)) one or more; known are packed and aligned. */
void c_attributes(struct c_reader *r, struct c_base *out);

/* c_declarator.c. *name NULL: it declares none. */
const struct value_type *c_declarator(struct c_reader *r, const struct c_base *base, const char **name);
/* c_struct.c; the keyword has been read */
const struct value_type *c_struct(struct c_reader *r, bool is_union, struct c_base *base);
/* c_enum.c */
const struct value_type *c_enum(struct c_reader *r);
/* c_layout.c: where members lie by the x86-64 ABI (System V, 3.1.2). */
struct c_layout {
    struct types *t;
    bool is_union, is_packed;
    uint64_t bits; /* where the next member may begin */
    uint64_t size_bits;
    uint32_t align;
    struct value_field *fields;
    uint32_t count, room;
};
uint32_t c_align(struct types *t, const struct value_type *type);
/* name NULL: an anonymous struct or union, or the padding of an unnamed bit field. bit_size < 0: no bit field. False: too large. */
bool c_layout_add(struct c_layout *l, const char *name, const struct value_type *type, uint32_t align, int64_t bit_size);
void c_layout_end(struct c_layout *l, struct value_type *type, uint32_t align);
/* The bit field's byte and bit, bits from the start of its struct. */
void field_place_bits(struct value_field *field, uint64_t bits, uint32_t size);
