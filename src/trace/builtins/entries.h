/* The groups of builtins, a file each; each list ends with an entry without a name. */
#pragma once
#include "trace/builtins/builtin.h"

extern const struct builtin builtins_process[];
extern const struct builtin builtins_time[];
extern const struct builtin builtins_context[];
extern const struct builtin builtins_text[];
extern const struct builtin builtins_aggregate[];
extern const struct builtin builtins_map[];
extern const struct builtin builtins_output[];
extern const struct builtin builtins_symbols[];
extern const struct builtin builtins_net[];

/* Checks that several files use. */
static inline struct types *types_in(struct checker *k)
{
    return k->unit->types;
}
/* Sets n->type to an unsigned number of eight bytes. */
void check_is_u64(struct checker *k, struct node *n);
void check_is_s64(struct checker *k, struct node *n);
/* The argument must be a number (a soft complaint names the function); false: it is not. */
bool check_number_argument(struct checker *k, const struct node *n, const struct node *argument);
/* The argument must be a literal string. */
const char *check_literal_argument(struct checker *k, const struct node *n, const struct node *argument);
/* A constant number between least and most. */
bool check_constant_argument(struct checker *k, const struct node *n, const struct node *argument, int64_t least, int64_t most,
                             int64_t *value);
/* The helper's result without arguments. */
ir_reg call0(struct generator *g, uint32_t helper);
