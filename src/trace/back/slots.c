#include "trace/back/slots.h"

#include "base/arena.h"
#include "trace/back/facts.h"
#include "trace/back/writer.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum { CELL = 8, CELLS = BPF_STACK_BYTES / CELL };

struct span { /* the instructions from the first access to the last, loops taken whole */
    uint32_t slot, first, last;
    bool used;
};

struct slots {
    const struct ir_program *p;
    struct span *spans;   /* by slot */
    uint32_t *origin;     /* by register: the slot + 1 that it points into */
    uint8_t *definitions; /* by register, up to 2 */
    struct loop {
        uint32_t first, last;
    } * loops; /* by instruction: the outermost loop around it; first > last: none */
};

static void extend(struct span *s, uint32_t first, uint32_t last)
{
    if (!s->used || first < s->first)
        s->first = first;
    if (!s->used || last > s->last)
        s->last = last;
    s->used = true;
}

/* The address goes where accesses cannot be followed. */
static void escape(struct slots *s, uint32_t origin)
{
    if (origin)
        extend(&s->spans[origin - 1], 0, s->p->count);
}

static void derive(struct slots *s, const struct ir_instruction *i, uint32_t origin)
{
    if (!origin)
        return;
    if (s->definitions[i->to] == 1)
        s->origin[i->to] = origin;
    else
        escape(s, origin);
}

static void access(struct slots *s, uint32_t index, ir_reg r)
{
    if (!s->origin[r])
        return;
    const struct loop *loop = &s->loops[index];
    bool is_looped = loop->first <= loop->last;
    extend(&s->spans[s->origin[r] - 1], is_looped ? loop->first : index, is_looped ? loop->last : index);
}

static void survey(struct slots *s, uint32_t index)
{
    const struct ir_instruction *i = &s->p->list[index];
    switch (i->op) {
    case IR_SLOT: derive(s, i, i->slot + 1); break;
    case IR_MOVE: derive(s, i, s->origin[i->a.reg]); break;
    case IR_ADD:
        derive(s, i, s->origin[i->a.reg]);
        derive(s, i, s->origin[i->b.reg]);
        break;
    case IR_LOAD:
    case IR_JUMP_IF: break;
    case IR_STORE:
    case IR_ATOMIC_ADD: escape(s, s->origin[i->b.reg]); break;
    case IR_CALL:
    case IR_CALL_FUNCTION: break;
    default:
        escape(s, s->origin[i->a.reg]);
        escape(s, s->origin[i->b.reg]);
        break;
    }
    struct ir_instruction copy = *i;
    ir_reg *operands[IR_OPERANDS_MAX];
    for (unsigned n = ir_operands(&copy, operands); n--;)
        access(s, index, *operands[n]);
}

/* A loop is what a jump backwards spans; loops that meet are one. */
static void find_loops(struct slots *s, uint32_t *label_at, uint32_t *end_of)
{
    const struct ir_program *p = s->p;
    for (uint32_t i = 0; i < p->count; i++) {
        end_of[i] = 0;
        if (p->list[i].op == IR_LABEL)
            label_at[p->list[i].label] = i + 1;
        bool is_jump = p->list[i].op == IR_JUMP || p->list[i].op == IR_JUMP_IF;
        if (is_jump && label_at[p->list[i].label])
            end_of[label_at[p->list[i].label] - 1] = i;
    }
    for (uint32_t i = 0; i < p->count;) {
        uint32_t last = end_of[i];
        for (uint32_t k = i; k <= last; k++)
            if (end_of[k] > last)
                last = end_of[k];
        if (last <= i) {
            s->loops[i] = (struct loop){1, 0};
            i++;
            continue;
        }
        struct loop loop = {i, last};
        while (i <= last)
            s->loops[i++] = loop;
    }
}

static void *zeroed(struct arena *arena, size_t n, size_t size)
{
    void *p = arena_alloc(arena, n * size);
    return p ? memset(p, 0, n * size) : NULL;
}

static bool slots_init(struct slots *s)
{
    const struct ir_program *p = s->p;
    uint32_t *label_at = zeroed(p->arena, p->n_labels, sizeof *label_at), *end_of = zeroed(p->arena, p->count + 1, sizeof *end_of);
    s->spans = zeroed(p->arena, p->n_slots + 1, sizeof *s->spans);
    s->origin = zeroed(p->arena, p->n_registers, sizeof *s->origin);
    s->definitions = zeroed(p->arena, p->n_registers, sizeof *s->definitions);
    s->loops = zeroed(p->arena, p->count + 1, sizeof *s->loops);
    if (!label_at || !end_of || !s->spans || !s->origin || !s->definitions || !s->loops)
        return false;
    for (uint32_t i = 0; i < p->count; i++)
        if (p->list[i].to && s->definitions[p->list[i].to] < 2)
            s->definitions[p->list[i].to]++;
    find_loops(s, label_at, end_of);
    return true;
}

static int by_start(const void *a, const void *b)
{
    const struct span *x = a, *y = b;
    return x->first != y->first ? (x->first > y->first) - (x->first < y->first) : (x->slot > y->slot) - (x->slot < y->slot);
}

/* The first cells in a row, from r10 downwards, that are free from `first` on; CELLS: there are none. */
static uint32_t find_cells(const uint32_t *free_from, uint32_t wanted, uint32_t first)
{
    for (uint32_t at = 0, row = 0; at < CELLS; at++) {
        row = free_from[at] <= first ? row + 1 : 0;
        if (row == wanted)
            return at + 1 - wanted;
    }
    return CELLS;
}

static void give_places(const struct slots *s, int32_t *offsets, uint32_t *bytes)
{
    uint32_t free_from[CELLS] = {0}; /* by cell: instruction */
    for (uint32_t k = 0; k < s->p->n_slots; k++) {
        const struct span *span = &s->spans[k];
        uint32_t size = span->used ? s->p->slot_sizes[span->slot] : 0,
                 wanted = size > BPF_STACK_BYTES ? CELLS + 1 : (size + CELL - 1) / CELL;
        if (!span->used)
            continue;
        uint32_t at = find_cells(free_from, wanted ? wanted : 1, span->first), end = at + (wanted ? wanted : 1);
        offsets[span->slot] = -(int32_t)(end * CELL);
        if (end * CELL > *bytes)
            *bytes = end * CELL;
        for (; at < end && at < CELLS; at++)
            free_from[at] = span->last + 1;
    }
}

int32_t *slots_place(const struct ir_program *p, uint32_t *bytes)
{
    struct slots s = {.p = p};
    int32_t *offsets = zeroed(p->arena, p->n_slots + 1, sizeof *offsets);
    if (!offsets || !slots_init(&s))
        return NULL;
    for (uint32_t k = 0; k < p->n_slots; k++)
        s.spans[k].slot = k;
    for (unsigned k = 0; k < 2; k++) /* the second time what loops bring back is known */
        for (uint32_t i = 0; i < p->count; i++)
            survey(&s, i);
    if (p->n_slots)
        qsort(s.spans, p->n_slots, sizeof *s.spans, by_start);
    *bytes = 0;
    give_places(&s, offsets, bytes);
    return offsets;
}
