/* The functions and variables of the language, each one entry: how it is checked and what code it becomes. */
#pragma once
#include "trace/check/check.h"
#include "trace/gen/gen.h"

struct builtin {
    const char *name;
    uint8_t least, most; /* arguments of a call */
    bool is_call, is_variable;
    bool takes_map; /* the first argument may be a map itself */
    /* Arguments have been checked already, but for a map's. Sets n->type. */
    void (*check)(struct checker *k, struct node *n);
    struct value (*generate)(struct generator *g, struct node *n);
    /* Writes the value where it is wanted; false: it did not, and `generate` is to be used. May be NULL. */
    bool (*generate_into)(struct generator *g, struct node *n, const struct value_type *as, struct location to, bool padded);
    /* @map = call(…): counts in place. NULL: an ordinary value. */
    void (*aggregate)(struct generator *g, struct node *map, struct node *call);
    int64_t detail; /* for entries that share functions */
};

/* By name; NULL. */
const struct builtin *builtin_find(const char *name);
/* The i-th of all, for lists and near names; NULL at the end. */
const struct builtin *builtin_at(size_t i);
/* What a node is: the entry that its check noted. */
static inline const struct builtin *builtin_of(const struct node *n)
{
    return n->meaning;
}
