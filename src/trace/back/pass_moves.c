#include "base/arena.h"
#include "trace/back/facts.h"
#include "trace/back/passes.h"

#include <string.h>

struct moves {
    struct ir_program *p;
    uint32_t *reads;       /* by register */
    uint32_t *assigned;    /* by register: how often */
    uint32_t *assigned_at; /* by register: the last assignment so far, index + 1 */
    uint32_t *touched_at;  /* by register: the last read or assignment so far, index + 1 */
    uint32_t block_at;     /* where this stretch without labels and jumps starts, index + 1 */
};

static bool moves_init(struct moves *m, struct arena *scratch)
{
    size_t bytes = m->p->n_registers * sizeof *m->reads;
    uint32_t **arrays[] = {&m->reads, &m->assigned, &m->assigned_at, &m->touched_at};
    for (size_t k = 0; k < sizeof arrays / sizeof *arrays; k++) {
        *arrays[k] = arena_alloc(scratch, bytes);
        if (!*arrays[k])
            return false;
        memset(*arrays[k], 0, bytes);
    }
    return true;
}

static void count(struct moves *m)
{
    for (uint32_t i = 0; i < m->p->count; i++) {
        struct ir_instruction at = m->p->list[i];
        ir_reg *operands[IR_OPERANDS_MAX];
        for (unsigned n = ir_operands(&at, operands); n--;)
            m->reads[*operands[n]]++;
        m->assigned[at.to]++;
    }
}

/* The move v = t goes when t was made in this stretch for it alone, and v was not touched since. */
static bool join(struct moves *m, uint32_t index)
{
    struct ir_instruction *move = &m->p->list[index];
    ir_reg t = move->a.reg, v = move->to;
    if (move->op != IR_MOVE || !t || t == v || m->reads[t] != 1 || m->assigned[t] != 1)
        return false;
    uint32_t made = m->assigned_at[t];
    if (made < m->block_at || !made || m->touched_at[v] > made)
        return false;
    struct ir_instruction *maker = &m->p->list[made - 1];
    if (maker->op == IR_ARGUMENT || maker->op == IR_CONTEXT)
        return false;
    maker->to = v;
    m->assigned_at[v] = m->touched_at[v] = made;
    *move = (struct ir_instruction){.op = IR_LABEL};
    return true;
}

static void visit(struct moves *m, uint32_t index)
{
    if (join(m, index))
        return;
    struct ir_instruction at = m->p->list[index];
    ir_reg *operands[IR_OPERANDS_MAX];
    for (unsigned n = ir_operands(&at, operands); n--;)
        m->touched_at[*operands[n]] = index + 1;
    m->touched_at[at.to] = m->assigned_at[at.to] = index + 1;
    if (at.op == IR_LABEL || at.op == IR_JUMP || at.op == IR_JUMP_IF || at.op == IR_RETURN)
        m->block_at = index + 1;
}

void pass_moves(struct ir_program *p)
{
    struct arena scratch = {0};
    struct moves m = {.p = p};
    if (moves_init(&m, &scratch)) {
        count(&m);
        for (uint32_t i = 0; i < p->count; i++)
            visit(&m, i);
    }
    arena_free(&scratch);
}
