/* The intermediate form in words. */
#include "trace/back/ir.h"

#include <inttypes.h>

static const char *const op_names[IR_OPS] = {
    [IR_MOVE] = "move",
    [IR_ADD] = "+",
    [IR_SUB] = "-",
    [IR_MUL] = "*",
    [IR_DIV] = "/",
    [IR_MOD] = "%",
    [IR_SDIV] = "s/",
    [IR_SMOD] = "s%",
    [IR_AND] = "&",
    [IR_OR] = "|",
    [IR_XOR] = "^",
    [IR_SHL] = "<<",
    [IR_SHR] = ">>",
    [IR_SAR] = "s>>",
    [IR_NEG] = "-",
    [IR_EXTEND] = "extend",
    [IR_SWAP] = "swap",
    [IR_LOAD] = "load",
    [IR_STORE] = "store",
    [IR_ATOMIC_ADD] = "add",
    [IR_SLOT] = "slot",
    [IR_MAP] = "map",
    [IR_MAP_DATA] = "data",
    [IR_CONTEXT] = "context",
    [IR_CALL] = "helper",
    [IR_FUNCTION] = "function",
    [IR_CALL_FUNCTION] = "function",
    [IR_ARGUMENT] = "argument",
};
static const char *const condition_names[] = {
    [IR_EQ] = "==",  [IR_NE] = "!=",   [IR_ULT] = "<",  [IR_ULE] = "<=",  [IR_UGT] = ">", [IR_UGE] = ">=",
    [IR_SLT] = "s<", [IR_SLE] = "s<=", [IR_SGT] = "s>", [IR_SGE] = "s>=", [IR_SET] = "&",
};

static void value_print(struct ir_value v, struct text *out)
{
    if (v.reg)
        text_addf(out, "%%%" PRIu32, v.reg);
    else
        text_add_i64(out, v.constant);
}

static void size_print(const struct ir_instruction *i, struct text *out)
{
    text_addf(out, "%c%d", i->is_signed ? 's' : 'u', i->size * 8);
}

static void memory_print(const struct ir_instruction *i, struct text *out)
{
    text_adds(out, "*(");
    size_print(i, out);
    text_adds(out, ")(");
    value_print(i->a, out);
    text_addf(out, " %c %d)", i->offset < 0 ? '-' : '+', i->offset < 0 ? -i->offset : i->offset);
}

static void call_print(const struct ir_instruction *i, struct text *out)
{
    text_addf(out, "%s %" PRIu32 "(", op_names[i->op], i->index);
    for (uint8_t k = 0; k < i->n_arguments; k++)
        text_addf(out, "%s%%%" PRIu32, k ? ", " : "", i->arguments[k]);
    text_addc(out, ')');
}

static void control_print(const struct ir_instruction *i, struct text *out)
{
    if (i->op == IR_RETURN) {
        text_adds(out, "return ");
        value_print(i->a, out);
        return;
    }
    if (i->op == IR_JUMP_IF) {
        text_adds(out, "if ");
        value_print(i->a, out);
        text_addf(out, " %s ", condition_names[i->condition]);
        value_print(i->b, out);
        text_addc(out, ' ');
    }
    text_addf(out, "goto L%" PRIu32, i->label);
}

/* What stands right of the `=`. */
static void computation_print(const struct ir_instruction *i, struct text *out)
{
    switch (i->op) {
    case IR_MOVE: value_print(i->a, out); break;
    case IR_NEG:
        text_addc(out, '-');
        value_print(i->a, out);
        break;
    case IR_EXTEND:
    case IR_SWAP:
        text_addf(out, "%s ", op_names[i->op]);
        size_print(i, out);
        text_addc(out, ' ');
        value_print(i->a, out);
        break;
    case IR_LOAD: memory_print(i, out); break;
    case IR_SLOT: text_addf(out, "slot %" PRIu32, i->slot); break;
    case IR_CONTEXT: text_adds(out, "context"); break;
    case IR_MAP:
    case IR_FUNCTION:
    case IR_ARGUMENT: text_addf(out, "%s %" PRIu32, op_names[i->op], i->index); break;
    case IR_MAP_DATA: text_addf(out, "data %" PRIu32 " + %d", i->index, i->offset); break;
    case IR_CALL:
    case IR_CALL_FUNCTION: call_print(i, out); break;
    default:
        value_print(i->a, out);
        text_addf(out, " %s ", op_names[i->op]);
        value_print(i->b, out);
        break;
    }
}

static void instruction_print(const struct ir_instruction *i, struct text *out)
{
    switch (i->op) {
    case IR_LABEL: text_addf(out, "L%" PRIu32 ":\n", i->label); return;
    case IR_JUMP:
    case IR_JUMP_IF:
    case IR_RETURN:
        text_adds(out, "    ");
        control_print(i, out);
        break;
    case IR_STORE:
    case IR_ATOMIC_ADD:
        text_adds(out, "    ");
        memory_print(i, out);
        text_adds(out, i->op == IR_STORE ? " = " : " += ");
        value_print(i->b, out);
        break;
    default:
        text_adds(out, "    ");
        if (i->to)
            text_addf(out, "%%%" PRIu32 " = ", i->to);
        computation_print(i, out);
        break;
    }
    text_addc(out, '\n');
}

void ir_print(const struct ir_program *p, struct text *out)
{
    text_addf(out, "%s:\n", p->name);
    for (uint32_t s = 0; s < p->n_slots; s++)
        text_addf(out, "    slot %" PRIu32 ": %" PRIu32 " bytes\n", s, p->slot_sizes[s]);
    for (uint32_t i = 0; i < p->count; i++)
        instruction_print(&p->list[i], out);
}
