/* The types of the records that come through a ring buffer or a perf event array, which nothing in the kernel tells. */
#pragma once
#include "objects/object.h"

enum { RECORDS_MAX_TYPES = 16 };

struct record_type {
    const struct btf *btf;
    uint32_t type;
    size_t size;  /* of the type */
    int64_t sent; /* bytes of its records; -1: they vary */
    char name[64];
};

struct record_types {
    struct record_type types[RECORDS_MAX_TYPES];
    size_t n;
    bool padded;   /* perf events: the kernel pads records */
    char why[256]; /* where the types come from, or why there is none, for people */
};

/* Finds the types of a buffer's records, from the best source that has any: `chosen` (names of structs; n_chosen of them), the object's
 * BTF, its DWARF, the records' sizes. -ENOENT with words when a chosen type is in neither; else 0, also when none was found. */
int records_find(struct object *o, const struct object_map *m, const char *const *chosen, size_t n_chosen, struct record_types *r,
                 struct err *why);
/* The type of a record of n bytes, told from the others by its size. NULL: bytes. ambiguous: others fit as well. */
const struct record_type *records_choose(const struct record_types *r, size_t n, bool *ambiguous);
