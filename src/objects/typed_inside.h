/* Shared by typed_*.c only. */
#pragma once
#include "objects/typed.h"

#include <bpf/btf.h>

/* A field while it is looked at. */
struct field {
    const char *name;         /* NULL: an item of an array, or the whole */
    const char *form;         /* the name of the form that its typedefs or the user gave; NULL: none */
    uint32_t type;            /* bare */
    const struct btf_type *t; /* of `type` */
    const unsigned char *at;  /* its bytes */
    size_t n;                 /* that are there */
    unsigned bit, bits;       /* of a bit field: where in *at, and how many; bits 0: not a bit field */
};

/* Fills the leaf when the form, the struct's name or the kind of array make one of the whole field. False: look at its parts. */
bool form_apply(const struct btf *btf, const struct field *f, const struct typed_options *o, struct leaf *l);
/* Whether the name is a form's. */
bool form_known(const char *name);
/* Reads a little-endian number of 1 to 8 bytes. */
uint64_t bytes_number(const void *at, size_t n);
