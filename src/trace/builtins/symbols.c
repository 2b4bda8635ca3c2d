/* Stacks and symbols. */
#include "trace/builtins/entries.h"

static void check_stack(struct checker *k, struct node *n)
{
    n->type = type_special(types_in(k), (enum value_kind)builtin_of(n)->detail, false, 0, STACK_FRAMES_MAX, 0);
}

static bool stack_into(struct generator *g, struct node *n, const struct value_type *as, struct location to, bool padded)
{
    (void)as;
    (void)padded;
    bool user = builtin_of(n)->detail == VALUE_USTACK;
    uint32_t map = user ? UNIT_USTACKS : UNIT_KSTACKS;
    g->unit->uses[map] = true;
    ir_reg stacks = ir_register(g->p);
    ir_add(g->p, (struct ir_instruction){.op = IR_MAP, .to = stacks, .index = map});
    struct ir_value a[] = {ir_of(g->context), ir_of(stacks), ir_const(user ? BPF_F_USER_STACK : 0)};
    ir_reg id = ir_call(g->p, BPF_FUNC_get_stackid, a, 3);
    ir_reg pid = user ? ir_binary(g->p, IR_SHR, ir_of(call0(g, BPF_FUNC_get_current_pid_tgid)), ir_const(32)) : 0;
    ir_store(g->p, 4, to.base, to.offset, ir_of(id));
    ir_store(g->p, 4, to.base, to.offset + 4, pid ? ir_of(pid) : ir_const(0));
    ir_store(g->p, 4, to.base, to.offset + 8, ir_const(0));
    ir_store(g->p, 4, to.base, to.offset + 12, ir_const(n->type->parameters[1]));
    return true;
}

static struct value gen_stack(struct generator *g, struct node *n)
{
    struct location to = gen_temporary(g, sizeof(struct value_stack));
    stack_into(g, n, n->type, to, true);
    return (struct value){.type = n->type, .base = to.base, .offset = to.offset, .space = SPACE_BPF};
}

static void check_ksym(struct checker *k, struct node *n)
{
    check_number_argument(k, n, n->first);
    n->type = type_special(types_in(k), VALUE_KSYM, false, 0, 0, 0);
}

static struct value gen_ksym(struct generator *g, struct node *n)
{
    return value_number(n->type, gen_scalar(g, n->first));
}

const struct builtin builtins_symbols[] = {
    {"kstack", 0, 2, .is_call = true, .is_variable = true, .check = check_stack, .generate = gen_stack, .generate_into = stack_into,
     .detail = VALUE_KSTACK},
    {"ustack", 0, 2, .is_call = true, .is_variable = true, .check = check_stack, .generate = gen_stack, .generate_into = stack_into,
     .detail = VALUE_USTACK},
    {"ksym", 1, 1, .is_call = true, .check = check_ksym, .generate = gen_ksym},
    {0},
};
