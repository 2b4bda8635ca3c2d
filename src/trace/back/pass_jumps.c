/* `t = 1; if … goto L; t = 0; L: if t == 0 goto E` is what conditions become when they are values. Where a jump to L (or the way into it
 * from above) knows t, it goes straight to where L's test would send it. */
#include "base/arena.h"
#include "trace/back/facts.h"
#include "trace/back/passes.h"

#include <string.h>

enum { CHAIN_MAX = 8, NO_TEST = UINT32_MAX };

struct threading {
    struct ir_program *p;  /* as it was */
    struct ir_program out; /* as it becomes */
    uint32_t n_labels;     /* as they were */
    uint32_t *lands_at;    /* by label: the first instruction behind it that is no label */
    uint32_t *last_jump;   /* by label: the last instruction that jumps there */
    ir_label *behind;      /* by instruction: a label behind this test */
    uint32_t epoch;
    struct constant_fact {
        uint32_t epoch;
        int64_t value;
    } * constants; /* by register */
};

static const struct ir_instruction *landing(const struct threading *t, ir_label label)
{
    uint32_t at = label < t->n_labels ? t->lands_at[label] : NO_TEST;
    return at < t->p->count ? &t->p->list[at] : NULL;
}

/* Whether the test at `at` is decided by what is known; *holds: how. */
static bool is_decided(const struct threading *t, const struct ir_instruction *test, bool *holds)
{
    if (test->op != IR_JUMP_IF || !test->a.reg || test->b.reg || t->constants[test->a.reg].epoch != t->epoch)
        return false;
    *holds = ir_holds(test->condition, t->constants[test->a.reg].value, test->b.constant);
    return true;
}

/* Where a jump to the label ends up. */
static ir_label destination(const struct threading *t, ir_label label)
{
    for (unsigned k = 0; k < CHAIN_MAX; k++) {
        const struct ir_instruction *at = landing(t, label);
        bool holds = false;
        if (!at)
            break;
        if (at->op == IR_JUMP)
            label = at->label;
        else if (is_decided(t, at, &holds))
            label = holds ? at->label : t->behind[at - t->p->list];
        else
            break;
    }
    return label;
}

static void learn(struct threading *t, const struct ir_instruction *i)
{
    if (i->to)
        t->constants[i->to] = (struct constant_fact){i->op == IR_MOVE && !i->a.reg ? t->epoch : 0, i->a.constant};
}

static void append(struct threading *t, struct ir_instruction i)
{
    t->out.at = i.at;
    ir_add(&t->out, i);
}

/* Falling into a label whose test is decided: a jump, unless a loop starts there. */
static void fall_into(struct threading *t, uint32_t index)
{
    const struct ir_instruction *label = &t->p->list[index];
    const struct ir_instruction *test = landing(t, label->label);
    bool holds = false;
    if (test && t->last_jump[label->label] < index && is_decided(t, test, &holds))
        append(t, (struct ir_instruction){.op = IR_JUMP, .label = destination(t, label->label), .at = label->at});
}

static void visit(struct threading *t, uint32_t index)
{
    struct ir_instruction i = t->p->list[index];
    if (i.op == IR_LABEL && i.label) {
        if (!index || !ir_never_falls(t->p->list[index - 1].op))
            fall_into(t, index);
        t->epoch++;
    }
    if (i.op == IR_JUMP || i.op == IR_JUMP_IF)
        i.label = destination(t, i.label);
    append(t, i);
    if (t->behind[index])
        append(t, (struct ir_instruction){.op = IR_LABEL, .label = t->behind[index], .at = i.at});
    learn(t, &i);
}

/* Where labels land; each test that a label lands on gets a label behind it. */
static void survey(struct threading *t)
{
    struct ir_program *p = t->p;
    for (uint32_t i = p->count, lands = p->count; i-- > 0;) {
        const struct ir_instruction *at = &p->list[i];
        t->behind[i] = 0;
        if (at->op != IR_LABEL)
            lands = i;
        else
            t->lands_at[at->label] = lands;
    }
    for (uint32_t i = 0; i < p->count; i++) {
        const struct ir_instruction *at = &p->list[i];
        if (at->op == IR_JUMP || at->op == IR_JUMP_IF)
            t->last_jump[at->label] = i;
        if (at->op == IR_JUMP_IF && i && at[-1].op == IR_LABEL)
            t->behind[i] = ir_new_label(p);
    }
}

static bool threading_init(struct threading *t, struct arena *arena)
{
    uint32_t labels = t->n_labels, registers = t->p->n_registers;
    t->lands_at = arena_alloc(arena, labels * sizeof *t->lands_at);
    t->last_jump = arena_alloc(arena, labels * sizeof *t->last_jump);
    t->behind = arena_alloc(arena, (t->p->count + 1) * sizeof *t->behind);
    t->constants = arena_alloc(arena, registers * sizeof *t->constants);
    if (!t->lands_at || !t->last_jump || !t->behind || !t->constants)
        return false;
    for (uint32_t k = 0; k < labels; k++)
        t->lands_at[k] = NO_TEST;
    memset(t->last_jump, 0, labels * sizeof *t->last_jump);
    memset(t->constants, 0, registers * sizeof *t->constants);
    return true;
}

static void thread_all(struct threading *t)
{
    survey(t);
    t->out = *t->p;
    t->out.list = NULL;
    t->out.count = t->out.capacity = 0;
    for (uint32_t i = 0; i < t->p->count; i++)
        visit(t, i);
    if (!t->out.out_of_memory)
        *t->p = t->out;
}

void pass_jumps(struct ir_program *p)
{
    struct arena scratch = {0};
    struct threading t = {.p = p, .epoch = 1, .n_labels = p->n_labels};
    if (threading_init(&t, &scratch))
        thread_all(&t);
    arena_free(&scratch);
}
