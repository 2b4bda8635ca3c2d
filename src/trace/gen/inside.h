/* Shared by the files of gen/. */
#pragma once
#include "trace/front/token.h"
#include "trace/gen/gen.h"

/* What a raw tracepoint or a kprobe in another's place hands over, made into what the probe promises: the record of arguments, and only the
 * system calls that are wanted. Nothing for other probes. */
void gen_handed(struct generator *g);
struct value gen_operator(struct generator *g, struct node *n); /* binary, unary, ++ */
struct value gen_comparison(struct generator *g, struct node *n);
struct value gen_access(struct generator *g, struct node *n); /* fields, members, elements, * and & */
struct value gen_choice(struct generator *g, struct node *n); /* if, ?: */
void gen_loop(struct generator *g, struct node *n);
void gen_assign(struct generator *g, struct node *n);
struct value gen_variable(struct generator *g, struct node *n);
/* Gives a variable its value. */
void gen_variable_set(struct generator *g, struct variable *v, struct value from);
/* a == b, as 0 or 1, for bytes of equal type that can be read directly; n bytes. */
ir_reg gen_equal_bytes(struct generator *g, struct location a, struct location b, uint32_t n);
struct ir_value gen_binary_number(struct generator *g, int op, struct ir_value a, struct ir_value b, bool is_signed);

enum { SLOT_BUDGET = 192, SLOT_LARGEST = 64 }; /* bytes of the frame for values; the rest is for registers */

static inline struct types *types_of(const struct generator *g)
{
    return g->unit->types;
}
static inline uint32_t round8(uint32_t n)
{
    return (n + 7) & ~7U;
}
/* A call that can write its value in place (str(), comm) does so; false: it cannot. */
bool gen_call_into(struct generator *g, struct node *n, const struct value_type *as, struct location to, bool padded);
/* A program of the instance: the entry first, then callbacks. NULL: out of memory. */
struct ir_program *gen_new_program(struct unit *u, struct instance *i);
void gen_find_scratch(struct generator *g);
/* Moves the instructions from `from` on to the place `to`, before what stands there. */
void gen_move_up(struct ir_program *p, uint32_t to, uint32_t from);
/* An aggregation's value over all CPUs, as a number. */
struct value gen_total(struct generator *g, const struct map_info *m, const struct value_type *type, struct location key);
void gen_for_map(struct generator *g, struct node *n);
void gen_long_range(struct generator *g, struct node *n);
ir_reg gen_lookup_slot(struct generator *g, uint32_t map, uint32_t key);
