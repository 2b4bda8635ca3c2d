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
extern const struct builtin builtins_task[];
extern const struct builtin builtins_modes[];
extern const struct builtin builtins_strings[];
extern const struct builtin builtins_compile_time[];
extern const struct builtin builtins_acts[];
extern const struct builtin builtins_names[];
extern const struct builtin builtins_tseries[];
extern const struct builtin builtins_words[];
extern const struct builtin builtins_len[];
extern const struct builtin builtins_search[];
extern const struct builtin builtins_glob[];
extern const struct builtin builtins_pointers[];

/* Words that are arguments: kstack(perf), nsecs(tai), pid(init). Stack modes are those of enum stack_mode. */
enum mode_word { MODE_MONOTONIC = 16, MODE_BOOT, MODE_TAI, MODE_SW_TAI, MODE_CURRENT_NAMESPACE = 32, MODE_INITIAL_NAMESPACE };

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
/* The argument is one of the words from least to most: which. -1 after a complaint. */
int64_t check_mode_argument(struct checker *k, const struct node *n, const struct node *argument, int64_t least, int64_t most);
static inline struct types *types_in_code(struct generator *g)
{
    return g->unit->types;
}
/* Makes a constant of a call or name: what is known when the script is compiled. */
void become_number(struct checker *k, struct node *n, uint64_t value);
void become_bool(struct checker *k, struct node *n, bool value);
void become_string(struct checker *k, struct node *n, const char *text); /* borrowed for the compilation */
/* Complains that the function is only for some probes. True when the provider is one of the bits. */
bool check_probe_kind(struct checker *k, const struct node *n, uint32_t providers, const char *which);
/* Complains without --unsafe. */
bool check_unsafe(struct checker *k, const struct node *n, const char *effect);
#define PROVIDER(p) (1U << PROVIDER_##p)
static inline enum provider provider_here(const struct instance *i)
{
    return i->targets[0]->provider;
}
/* The scalar in a register of its own. */
static inline ir_reg in_a_register(struct generator *g, struct ir_value v)
{
    return v.reg ? v.reg : ir_move(g->p, v);
}
/* Which memory an expression's pointer means, when its type does not say. */
enum space space_of_pointer(const struct generator *g, const struct value_type *t);
/* An expression that stands for memory (a pointer, an array, a string, a buffer's or struct's bytes): its address and where that is. */
ir_reg memory_of(struct generator *g, struct node *n, enum space *space);
/* The bytes of a string-like expression where they can be read directly, with a NUL or *size bytes; its size is at most what is asked. */
struct value string_of(struct generator *g, struct node *n, uint32_t most);
/* Whether an expression can be read as a string; a complaint when not. */
bool check_string_argument(struct checker *k, const struct node *n, const struct node *argument);
uint32_t string_room(struct checker *k, const struct node *n);
/* What a call tells user space to do: the action is kept with the node. */
struct action *action_for(struct checker *k, struct node *n, enum action_kind kind);
struct action *action_of(const struct node *n);
/* The action's record, with the values from `first` on. */
struct value gen_action_record(struct generator *g, struct node *n, struct node *first);
/* Where the kernel has a symbol; 0 after a complaint. */
uint64_t kernel_address(struct checker *k, const struct node *n, const char *name);

/* The address of the i-th byte of a value. */
static inline ir_reg at_index(struct generator *g, struct value v, ir_reg i)
{
    return ir_binary(g->p, IR_ADD, ir_of(gen_address(g, (struct location){v.base, v.offset})), ir_of(i));
}

static inline void count_up(struct generator *g, ir_reg i)
{
    ir_assign(g->p, i, ir_of(ir_binary(g->p, IR_ADD, ir_of(i), ir_const(1))));
}
