#include "trace/back/live.h"

#include "base/arena.h"
#include "trace/back/blocks.h"
#include "trace/back/facts.h"

#include <errno.h>
#include <string.h>

enum { NOWHERE = UINT32_MAX, DEEPEST_LOOP = 3, LOOP_SHIFT = 3 };

/* That a register is assigned in a block, or read there before it is assigned. */
struct fact {
    ir_reg reg;
    int32_t block;
    int32_t next; /* of the same register */
};

struct facts {
    struct fact *list;
    uint32_t count;
    int32_t *of; /* by register: the newest */
};

struct survey {
    const struct ir_program *p;
    struct range *ranges;
    struct blocks blocks;
    struct facts assigned, wanted;
    uint8_t *depth; /* by instruction: loops around it */
};

static int facts_init(struct facts *f, struct arena *arena, uint32_t registers, uint32_t ceiling)
{
    *f = (struct facts){.list = arena_alloc(arena, ceiling * sizeof *f->list), .of = arena_alloc(arena, registers * sizeof *f->of)};
    if (!f->list || !f->of)
        return -ENOMEM;
    for (uint32_t r = 0; r < registers; r++)
        f->of[r] = -1;
    return 0;
}

static bool is_newest(const struct facts *f, ir_reg reg, int32_t block)
{
    return f->of[reg] >= 0 && f->list[f->of[reg]].block == block;
}

static void fact_add(struct facts *f, ir_reg reg, int32_t block)
{
    if (is_newest(f, reg, block))
        return;
    f->list[f->count] = (struct fact){reg, block, f->of[reg]};
    f->of[reg] = (int32_t)f->count++;
}

static void range_extend(struct range *r, uint32_t from, uint32_t to)
{
    if (from < r->start)
        r->start = from;
    if (to > r->end)
        r->end = to;
}

static void survey_instruction(struct survey *s, int32_t block, uint32_t i)
{
    struct ir_instruction at = s->p->list[i];
    ir_reg *operands[IR_OPERANDS_MAX];
    uint32_t weight = 1U << (LOOP_SHIFT * s->depth[i]);
    for (unsigned n = ir_operands(&at, operands), k = 0; k < n; k++) {
        struct range *r = &s->ranges[*operands[k]];
        if (!is_newest(&s->assigned, *operands[k], block))
            fact_add(&s->wanted, *operands[k], block);
        range_extend(r, 2 * i, 2 * i);
        r->uses += weight;
        if (!r->is_read)
            r->first_use = i;
        r->is_read = true;
    }
    if (!at.to)
        return;
    struct range *r = &s->ranges[at.to];
    if (!r->definitions++)
        r->definition = i;
    r->uses += weight;
    range_extend(r, 2 * i + 1, 2 * i + 1);
    fact_add(&s->assigned, at.to, block);
}

/* Marks the blocks into whose start the register comes alive, from each place that wants it upwards until it is assigned. */
static void spread(struct survey *s, ir_reg reg, uint32_t *seen, int32_t *stack)
{
    struct range *r = &s->ranges[reg];
    uint32_t *assigned_in = seen + s->blocks.count;
    uint32_t n = 0;
    for (int32_t k = s->assigned.of[reg]; k >= 0; k = s->assigned.list[k].next)
        assigned_in[s->assigned.list[k].block] = reg;
    for (int32_t k = s->wanted.of[reg]; k >= 0; k = s->wanted.list[k].next)
        stack[n++] = s->wanted.list[k].block;
    while (n) {
        const struct block *b = &s->blocks.list[stack[--n]];
        range_extend(r, 2 * b->first, 2 * b->first);
        for (int32_t e = b->entered; e >= 0; e = s->blocks.edges[e].next) {
            int32_t from = s->blocks.edges[e].from;
            if (seen[from] == reg)
                continue;
            seen[from] = reg;
            range_extend(r, 2 * s->blocks.list[from].end - 1, 2 * s->blocks.list[from].end - 1);
            if (assigned_in[from] != reg)
                stack[n++] = from;
        }
    }
}

static int spread_all(struct survey *s)
{
    uint32_t blocks = s->blocks.count;
    uint32_t *seen = arena_alloc(s->p->arena, (size_t)blocks * 2 * sizeof *seen);
    int32_t *stack = arena_alloc(s->p->arena, (size_t)blocks * 2 * sizeof *stack);
    if (!seen || !stack)
        return -ENOMEM;
    memset(seen, 0, (size_t)blocks * 2 * sizeof *seen);
    for (ir_reg r = 1; r < s->p->n_registers; r++)
        if (s->wanted.of[r] >= 0)
            spread(s, r, seen, stack);
    return 0;
}

/* How many loops are around each instruction: a loop is what a jump backwards spans. */
static void measure_depth(struct survey *s, int32_t *change)
{
    memset(change, 0, (s->p->count + 1) * sizeof *change);
    for (uint32_t k = 0; k < s->blocks.count; k++) {
        const struct block *b = &s->blocks.list[k];
        int32_t to = b->next[1];
        if (to == NO_BLOCK || (uint32_t)to > k)
            continue;
        change[s->blocks.list[to].first]++;
        change[b->end]--;
    }
    int32_t depth = 0;
    for (uint32_t i = 0; i < s->p->count; i++) {
        depth += change[i];
        s->depth[i] = (uint8_t)(depth > DEEPEST_LOOP ? DEEPEST_LOOP : depth);
    }
}

/* over_call: a call stands at c with start <= 2c and end > 2c. */
static void find_calls(const struct survey *s, uint32_t *next_call)
{
    uint32_t next = NOWHERE;
    for (uint32_t i = s->p->count; i-- > 0;) {
        if (ir_is_call(s->p->list[i].op))
            next = i;
        next_call[i] = next;
    }
    for (ir_reg r = 1; r < s->p->n_registers; r++) {
        struct range *range = &s->ranges[r];
        uint32_t from = (range->start + 1) / 2;
        if (range->start <= range->end && from < s->p->count)
            range->over_call = next_call[from] != NOWHERE && 2 * next_call[from] < range->end;
    }
}

static int survey_init(struct survey *s)
{
    struct arena *arena = s->p->arena;
    uint32_t registers = s->p->n_registers, n = s->p->count;
    s->ranges = arena_alloc(arena, registers * sizeof *s->ranges);
    s->depth = arena_alloc(arena, n);
    int e = blocks_find(arena, s->p, &s->blocks);
    if (!e)
        e = facts_init(&s->assigned, arena, registers, n + 1);
    if (!e)
        e = facts_init(&s->wanted, arena, registers, n * IR_OPERANDS_MAX + 1);
    if (!s->ranges || !s->depth)
        return -ENOMEM;
    for (ir_reg r = 0; r < registers; r++)
        s->ranges[r] = (struct range){.start = NOWHERE};
    return e;
}

int ranges_find(const struct ir_program *p, struct range **out)
{
    struct survey s = {.p = p};
    int e = survey_init(&s);
    uint32_t *numbers = arena_alloc(p->arena, (p->count + 1) * sizeof *numbers);
    if (e || !numbers)
        return e ? e : -ENOMEM;
    measure_depth(&s, (int32_t *)numbers);
    for (uint32_t k = 0; k < s.blocks.count; k++)
        for (uint32_t i = s.blocks.list[k].first; i < s.blocks.list[k].end; i++)
            survey_instruction(&s, (int32_t)k, i);
    e = spread_all(&s);
    for (uint32_t i = 0; i < p->count && (p->list[i].op == IR_CONTEXT || p->list[i].op == IR_ARGUMENT); i++)
        s.ranges[p->list[i].to].start = 0;
    find_calls(&s, numbers);
    *out = s.ranges;
    return e;
}
