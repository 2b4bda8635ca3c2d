/* Shared by typed_*.c only. */
#pragma once
#include "objects/typed.h"
#include "table/schema.h"

#include <bpf/btf.h>

/* A field while it is looked at. */
struct field {
    const char *name;         /* NULL: an item of an array, or the whole */
    const char *form;         /* the name of the form that its typedefs or the user gave; NULL: none */
    uint32_t type;            /* bare */
    const struct btf_type *t; /* of `type` */
    const unsigned char *at;  /* its bytes */
    size_t n;                 /* that are there */
    bool later;               /* an item of an array, not its first */
    unsigned bit, bits;       /* of a bit field: where in *at, and how many; bits 0: not a bit field */
};

/* Fills the leaf when the form, the struct's name or the kind of array make one of the whole field. False: look at its parts. */
bool form_apply(const struct btf *btf, const struct field *f, const struct typed_options *o, struct leaf *l);
/* The column that form_apply()'s leaves would fill; false: there is no such leaf. The field has its type's size. */
bool form_column(const struct btf *btf, const struct field *f, enum column_type *type, const char **unit);
/* Skips typedefs and qualifiers. form: the first typedef's name that says how to show it; may be NULL. */
const struct btf_type *field_bare_type(const struct btf *btf, uint32_t *type, const char **form);
/* Fills in t, type and form: as the user says, else as its type does, else as its name. */
void field_resolve(const struct btf *btf, const struct typed_options *o, struct field *f);
/* The form that a field without one has by its own name (a stack, the number of one); NULL: none. */
const char *form_by_name(const struct btf *btf, const struct field *f);
/* Whether the name is a form's. */
bool form_known(const char *name);
/* Reads a little-endian number of 1 to 8 bytes. */
uint64_t bytes_number(const void *at, size_t n);
