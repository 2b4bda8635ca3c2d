/* Records for user space. */
#include "trace/gen/inside.h"

#include <stddef.h>

ir_reg gen_record_begin(struct generator *g, const struct action *a, ir_label lost)
{
    g->unit->uses[UNIT_RING] = g->unit->uses[UNIT_STATE] = true;
    ir_reg ring = ir_register(g->p);
    ir_add(g->p, (struct ir_instruction){.op = IR_MAP, .to = ring, .index = UNIT_RING});
    struct ir_value arguments[] = {ir_of(ring), ir_const((int64_t)(sizeof(struct action_record) + a->size)), ir_const(0)};
    ir_reg record = ir_call(g->p, BPF_FUNC_ringbuf_reserve, arguments, 3);
    ir_label room = ir_new_label(g->p);
    ir_jump_if(g->p, IR_NE, ir_of(record), ir_const(0), room);
    gen_count_loss(g, LOSS_RING);
    ir_jump(g->p, lost);
    ir_place_label(g->p, room);
    ir_store(g->p, 8, record, 0, ir_const(a->index));
    return record;
}

/* Nobody is woken who is awake. */
void gen_record_end(struct generator *g, ir_reg record)
{
    ir_reg state = ir_register(g->p);
    ir_add(g->p, (struct ir_instruction){.op = IR_MAP_DATA, .to = state, .index = UNIT_STATE});
    ir_reg asleep = ir_load(g->p, 8, false, state, offsetof(struct unit_state, asleep));
    ir_reg flags = ir_register(g->p);
    ir_label submit = ir_new_label(g->p);
    ir_assign(g->p, flags, ir_const(BPF_RB_NO_WAKEUP));
    ir_jump_if(g->p, IR_EQ, ir_of(asleep), ir_const(0), submit);
    ir_assign(g->p, flags, ir_const(BPF_RB_FORCE_WAKEUP));
    ir_place_label(g->p, submit);
    struct ir_value arguments[] = {ir_of(record), ir_of(flags)};
    ir_call(g->p, BPF_FUNC_ringbuf_submit, arguments, 2);
    if (g->p->count)
        g->p->list[g->p->count - 1].to = 0; /* it returns nothing */
}
