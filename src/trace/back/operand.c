/* Where the operands of an instruction are read from, and where its result goes. */
#include "trace/back/facts.h"
#include "trace/back/select.h"

uint8_t scratch_take(struct body *b)
{
    unsigned n = b->scratch_used++;
    if (n == 0) {
        b->uses_r0 = true;
        return BPF_REG_0;
    }
    if (n > 1 || !b->second_scratch)
        b->w->wants_scratch = true;
    return SECOND_SCRATCH;
}

/* The instruction that makes the register again; NULL: it has a place. */
static const struct ir_instruction *remade(const struct body *b, ir_reg r)
{
    return b->homes[r].kind == HOME_NOWHERE ? &b->p->list[b->homes[r].offset] : NULL;
}

bool operand_is_immediate(const struct body *b, struct ir_value v, int32_t *immediate)
{
    int64_t constant = v.constant;
    if (v.reg) {
        const struct ir_instruction *made = remade(b, v.reg);
        if (!made || made->op != IR_MOVE)
            return false;
        constant = made->a.constant;
    }
    *immediate = (int32_t)constant;
    return ir_fits(constant);
}

void operand_make(struct body *b, const struct ir_instruction *i, uint8_t machine)
{
    switch (i->op) {
    case IR_SLOT: write_frame_address(b->w, machine, b->slots[i->slot]); break;
    case IR_MAP: write_wide(b->w, machine, BPF_PSEUDO_MAP_FD, (int32_t)i->index, 0); break;
    case IR_MAP_DATA: write_wide(b->w, machine, BPF_PSEUDO_MAP_VALUE, (int32_t)i->index, i->offset); break;
    case IR_FUNCTION: write_wide(b->w, machine, BPF_PSEUDO_FUNC, (int32_t)i->index, 0); break;
    default: write_constant(b->w, machine, i->a.constant); break;
    }
}

void operand_read_into(struct body *b, struct ir_value v, uint8_t machine)
{
    if (!v.reg) {
        write_constant(b->w, machine, v.constant);
        return;
    }
    const struct home *home = &b->homes[v.reg];
    const struct ir_instruction *made = remade(b, v.reg);
    if (made)
        operand_make(b, made, machine);
    else if (home->kind == HOME_FRAME)
        write_insn(b->w, BPF_LDX | BPF_MEM | BPF_DW, machine, BPF_REG_10, (int16_t)home->offset, 0);
    else
        write_move(b->w, machine, home->reg);
}

uint8_t operand_read(struct body *b, struct ir_value v)
{
    if (v.reg && b->homes[v.reg].kind == HOME_REGISTER)
        return b->homes[v.reg].reg;
    uint8_t machine = scratch_take(b);
    operand_read_into(b, v, machine);
    return machine;
}

uint8_t operand_base(struct body *b, struct ir_value v, int32_t *offset)
{
    const struct ir_instruction *made = v.reg ? remade(b, v.reg) : NULL;
    if (!made || made->op != IR_SLOT)
        return operand_read(b, v);
    *offset += b->slots[made->slot];
    return BPF_REG_10;
}

uint8_t result_register(struct body *b, ir_reg to)
{
    return b->homes[to].kind == HOME_REGISTER ? b->homes[to].reg : scratch_take(b);
}

void result_keep(struct body *b, ir_reg to, uint8_t machine)
{
    const struct home *home = &b->homes[to];
    if (home->kind == HOME_REGISTER)
        write_move(b->w, home->reg, machine);
    else if (home->kind == HOME_FRAME)
        write_insn(b->w, BPF_STX | BPF_MEM | BPF_DW, BPF_REG_10, machine, (int16_t)home->offset, 0);
}
