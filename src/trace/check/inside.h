/* Shared by the files of check/. */
#pragma once
#include "trace/check/check.h"
#include "trace/front/token.h"

void check_binary(struct checker *k, struct node *n);
void check_unary(struct checker *k, struct node *n);
void check_step(struct checker *k, struct node *n);
void check_assign(struct checker *k, struct node *n);
void check_let(struct checker *k, struct node *n);
void check_map_read(struct checker *k, struct node *n);
void check_variable(struct checker *k, struct node *n);
void check_name(struct checker *k, struct node *n);
void check_call(struct checker *k, struct node *n);
void check_field(struct checker *k, struct node *n);
void check_index(struct checker *k, struct node *n);
void check_cast(struct checker *k, struct node *n);
void check_sizeof(struct checker *k, struct node *n);
void check_loop(struct checker *k, struct node *n);
/* A literal that a value which prints as words is compared with becomes a number. */
void check_word(struct checker *k, const struct value_type *t, struct node *literal);
void check_positional(struct checker *k, struct node *n);
/* Gives the map a value of that type, or complains how it differs. */
void map_takes(struct checker *k, struct map_info *m, const struct value_type *type, bool soft, struct place place);
void variable_takes(struct checker *k, struct variable *v, const struct value_type *type, bool soft, struct place place);
struct variable *variable_named(struct checker *k, const char *name, struct place place, bool make);
/* Makes it known until `locals` is set back. */
struct variable *variable_local(struct checker *k, const char *name, struct place place);
const char *words(struct checker *k, const struct value_type *type);
static inline const struct value_type *none_of(struct checker *k)
{
    return type_none(k->unit->types);
}
static inline bool is_known(const struct value_type *t)
{
    return t->kind != VALUE_NONE;
}
