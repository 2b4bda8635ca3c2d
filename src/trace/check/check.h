/* Names and types: every expression of every instance gets its type, and what is wrong is said at its place.
 *
 * Types of maps and variables follow from their uses anywhere in the script, so the walk is repeated until nothing changes; only the last
 * one complains. */
#pragma once
#include "trace/check/unit.h"

struct local { /* a variable that is known here */
    struct variable *variable;
    const struct local *outer;
};

struct checker {
    struct unit *unit;
    struct instance *instance;
    bool changed;               /* a map's or variable's type */
    bool speaks;                /* the last walk: complaints are made */
    bool knows;                 /* the last walk but for complaints: types that are still unknown are errors */
    const struct local *locals; /* of the blocks around, innermost first */
    uint32_t loops;
    uint32_t callbacks; /* around: bodies of for over a map */
    uint32_t depth;
};

/* Checks an expression and what is below it; its type is never NULL afterwards (type_none after an error). */
void check_expression(struct checker *k, struct node *n);
void check_statements(struct checker *k, struct node *first);
/* Complains, when it is the walk for that. */
void check_complain(struct checker *k, struct place place, const char *format, ...) __attribute__((format(printf, 3, 4)));
void check_hint(struct checker *k, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* How a value of this type is kept in maps and records: numbers take eight bytes. */
const struct value_type *storage_type(struct types *t, const struct value_type *type);
/* The type that holds both; NULL: they do not mix. soft: literals only, whose sign gives way. */
const struct value_type *common_type(struct types *t, const struct value_type *a, bool a_soft, const struct value_type *b, bool b_soft);
/* Whether a number is a literal or made of literals. */
bool is_soft(const struct node *n);
/* A map use without a value (delete, print …): key checked, type left alone. */
void check_map_key(struct checker *k, struct node *map);
/* The constant that an expression is, after folding. */
bool constant_of(const struct node *n, int64_t *value);

/* Whether for ($i : a..b) has so few turns, known now, that it becomes a loop in the program itself. */
bool range_is_short(const struct node *n);

struct builtin; /* builtins/builtin.h */
