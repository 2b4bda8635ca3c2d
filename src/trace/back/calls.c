/* Calls and entries: several values move at once, and none may be overwritten before it is read. */
#include "trace/back/facts.h"
#include "trace/back/select.h"

#include <string.h>

enum { ARGUMENTS = 5 };

struct parallel_move {
    uint8_t to, from;
};

static bool is_source(const struct parallel_move *moves, unsigned n, uint8_t machine, unsigned except)
{
    for (unsigned k = 0; k < n; k++)
        if (k != except && moves[k].from == machine)
            return true;
    return false;
}

static void remove_move(struct parallel_move *moves, unsigned *n, unsigned k)
{
    moves[k] = moves[--*n];
}

/* Makes the first move that overwrites nothing that is still to be read. */
static bool make_one(struct body *b, struct parallel_move *moves, unsigned *n)
{
    for (unsigned k = 0; k < *n; k++) {
        if (is_source(moves, *n, moves[k].to, k))
            continue;
        write_move(b->w, moves[k].to, moves[k].from);
        remove_move(moves, n, k);
        return true;
    }
    return false;
}

static void move_together(struct body *b, struct parallel_move *moves, unsigned n)
{
    while (n) {
        if (make_one(b, moves, &n))
            continue;
        /* Only circles are left: r0 keeps what the first move overwrites. */
        uint8_t saved = moves[0].to;
        b->uses_r0 = true;
        write_move(b->w, BPF_REG_0, saved);
        for (unsigned k = 0; k < n; k++)
            if (moves[k].from == saved)
                moves[k].from = BPF_REG_0;
    }
}

void select_call(struct body *b, const struct ir_instruction *i)
{
    struct parallel_move moves[ARGUMENTS];
    unsigned n = 0;
    for (uint8_t k = 0; k < i->n_arguments; k++)
        if (b->homes[i->arguments[k]].kind == HOME_REGISTER)
            moves[n++] = (struct parallel_move){(uint8_t)(k + 1), b->homes[i->arguments[k]].reg};
    move_together(b, moves, n);
    for (uint8_t k = 0; k < i->n_arguments; k++)
        if (b->homes[i->arguments[k]].kind != HOME_REGISTER)
            operand_read_into(b, ir_of(i->arguments[k]), k + 1);
    write_insn(b->w, BPF_JMP | BPF_CALL, 0, i->op == IR_CALL_FUNCTION ? BPF_PSEUDO_CALL : 0, 0, (int32_t)i->index);
    if (i->to)
        result_keep(b, i->to, BPF_REG_0);
}

void select_entry(struct body *b)
{
    struct parallel_move moves[ARGUMENTS + 1];
    unsigned n = 0;
    for (uint32_t i = 0; i < b->p->count; i++) {
        const struct ir_instruction *at = &b->p->list[i];
        if (at->op != IR_CONTEXT && at->op != IR_ARGUMENT)
            break;
        uint8_t from = (uint8_t)(at->op == IR_CONTEXT ? 1 : at->index + 1);
        if (b->homes[at->to].kind == HOME_REGISTER)
            moves[n++] = (struct parallel_move){b->homes[at->to].reg, from};
        else
            result_keep(b, at->to, from);
    }
    move_together(b, moves, n);
}
