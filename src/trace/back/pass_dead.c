#include "base/arena.h"
#include "trace/back/blocks.h"
#include "trace/back/facts.h"
#include "trace/back/passes.h"

#include <string.h>

/* Whose results are read, however often. */
static void count_reads(const struct ir_program *p, uint32_t *reads)
{
    memset(reads, 0, p->n_registers * sizeof *reads);
    for (uint32_t i = 0; i < p->count; i++) {
        struct ir_instruction at = p->list[i];
        ir_reg *operands[IR_OPERANDS_MAX];
        for (unsigned n = ir_operands(&at, operands); n--;)
            reads[*operands[n]]++;
    }
}

struct reading {
    uint32_t *reads;       /* by register: by how many instructions */
    uint32_t *overwritten; /* by register: the stretch without jumps and labels in which it is assigned next, before it is read */
    uint32_t stretch;
};

static bool is_dead(const struct ir_program *p, const struct ir_instruction *at, const struct reading *r)
{
    if (at->op == IR_MOVE && at->a.reg == at->to)
        return true;
    if (at->op == IR_JUMP || at->op == IR_JUMP_IF)
        return ir_is_next(at, p->list + p->count, at->label);
    return ir_is_pure(at->op) && (!r->reads[at->to] || r->overwritten[at->to] == r->stretch);
}

/* Backwards over an instruction that stays. */
static void note(struct reading *r, struct ir_instruction *at)
{
    ir_reg *operands[IR_OPERANDS_MAX];
    if (at->op == IR_LABEL || at->op == IR_JUMP || at->op == IR_JUMP_IF || at->op == IR_RETURN)
        r->stretch++;
    r->overwritten[at->to] = r->stretch;
    for (unsigned n = ir_operands(at, operands); n--;)
        r->overwritten[*operands[n]] = 0;
}

/* Labels that nothing jumps to become label 0. */
static void drop_labels(struct ir_program *p, struct arena *scratch)
{
    bool *wanted = arena_alloc(scratch, p->n_labels * sizeof *wanted);
    if (!wanted)
        return;
    memset(wanted, 0, p->n_labels * sizeof *wanted);
    for (uint32_t i = 0; i < p->count; i++)
        if (p->list[i].op == IR_JUMP || p->list[i].op == IR_JUMP_IF)
            wanted[p->list[i].label] = true;
    for (uint32_t i = 0; i < p->count; i++)
        if (p->list[i].op == IR_LABEL && !wanted[p->list[i].label])
            p->list[i].label = 0;
}

/* From the end to the start: what only a dead one reads is dead too. Marks the dead as labels 0, then closes the gaps. */
static bool remove_dead(struct ir_program *p, struct reading *r)
{
    bool found = false;
    for (uint32_t i = p->count; i-- > 0;) {
        struct ir_instruction *at = &p->list[i];
        if (at->op == IR_LABEL || !is_dead(p, at, r)) {
            note(r, at);
            continue;
        }
        ir_reg *operands[IR_OPERANDS_MAX];
        for (unsigned n = ir_operands(at, operands); n--;)
            r->reads[*operands[n]]--;
        *at = (struct ir_instruction){.op = IR_LABEL};
        found = true;
    }
    uint32_t kept = 0;
    for (uint32_t i = 0; i < p->count; i++)
        if (p->list[i].op != IR_LABEL || p->list[i].label)
            p->list[kept++] = p->list[i];
    p->count = kept;
    return found;
}

void pass_dead(struct ir_program *p)
{
    enum { ROUNDS = 4 }; /* a chain against the order of the list, by a loop, is rare */
    if (blocks_drop_unreached(p))
        return;
    struct arena scratch = {0};
    size_t bytes = p->n_registers * sizeof(uint32_t);
    struct reading r = {arena_alloc(&scratch, bytes), arena_alloc(&scratch, bytes), 1};
    if (r.reads && r.overwritten) {
        memset(r.overwritten, 0, bytes);
        drop_labels(p, &scratch);
        count_reads(p, r.reads);
        for (unsigned k = 0; k < ROUNDS && remove_dead(p, &r); k++)
            r.stretch++;
    }
    arena_free(&scratch);
}
