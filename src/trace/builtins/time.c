/* When. */
#include "trace/builtins/entries.h"

#include <stddef.h>

static struct value gen_nsecs(struct generator *g, struct node *n)
{
    return value_number(n->type, ir_of(call0(g, BPF_FUNC_ktime_get_boot_ns)));
}

static struct value gen_elapsed(struct generator *g, struct node *n)
{
    g->unit->uses[UNIT_STATE] = true;
    ir_reg now = call0(g, BPF_FUNC_ktime_get_boot_ns);
    ir_reg state = ir_register(g->p);
    ir_add(g->p, (struct ir_instruction){.op = IR_MAP_DATA, .to = state, .index = UNIT_STATE});
    ir_reg start = ir_load(g->p, 8, false, state, offsetof(struct unit_state, start_ns));
    return value_number(n->type, ir_of(ir_binary(g->p, IR_SUB, ir_of(now), ir_of(start))));
}

const struct builtin builtins_time[] = {
    {"nsecs", .is_variable = true, .check = check_is_u64, .generate = gen_nsecs},
    {"elapsed", .is_variable = true, .check = check_is_u64, .generate = gen_elapsed},
    {0},
};
