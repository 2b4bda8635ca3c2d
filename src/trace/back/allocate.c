/* Linear scan over live ranges: a register that nobody holds is given to the next range; when there is none, the range that is read least
 * for its length goes to the frame, or, when it is a constant or an address, nowhere. A range goes as a whole: what is spilled was so from
 * the start. */
#include "trace/back/allocate.h"

#include "base/arena.h"
#include "trace/back/facts.h"

#include <errno.h>
#include <stdlib.h>

enum {
    SAVED = 1 << 6 | 1 << 7 | 1 << 8 | 1 << 9, /* r6–r9, over calls */
    LOST = 1 << 1 | 1 << 2 | 1 << 3 | 1 << 4 | 1 << 5,
    MACHINE_REGISTERS = 10,
    SPILL_BYTES = 8,
    MAX_CELLS = 512 / SPILL_BYTES,
    KEPT_WEIGHT = 64, /* factor for what should stay in a register */
};

struct scan {
    const struct ir_program *p;
    const struct range *ranges;
    struct home *homes;
    bool *is_index; /* by register: compared, then used */
    ir_reg holder[MACHINE_REGISTERS];
    unsigned usable;
    struct frame_cell {
        uint32_t free_from; /* position */
    } * cells;
    uint32_t n_cells;
};

bool is_remade(const struct ir_instruction *i)
{
    return (i->op == IR_MOVE && !i->a.reg) || i->op == IR_SLOT || i->op == IR_MAP || i->op == IR_MAP_DATA || i->op == IR_FUNCTION;
}

static const struct ir_instruction *only_definition(const struct scan *s, ir_reg r)
{
    return s->ranges[r].definitions == 1 ? &s->p->list[s->ranges[r].definition] : NULL;
}

/* What costs no more made again than held: small constants stand in instructions, slots are r10 + offset, maps and functions go straight to
 * calls. */
static bool is_never_held(const struct scan *s, ir_reg r)
{
    const struct ir_instruction *d = only_definition(s, r);
    return d && (d->op == IR_SLOT || d->op == IR_MAP || d->op == IR_FUNCTION || (d->op == IR_MOVE && !d->a.reg && ir_fits(d->a.constant)));
}

static bool is_free_to_make(const struct scan *s, ir_reg r)
{
    const struct ir_instruction *d = only_definition(s, r);
    return d && is_remade(d);
}

/* What is lost by having it in the frame, for each position that it occupies. */
static double weight(const struct scan *s, ir_reg r)
{
    const struct range *range = &s->ranges[r];
    double w = (double)range->uses / (range->end - range->start + 1);
    if (is_free_to_make(s, r))
        return w / 2;
    return s->is_index[r] ? w * KEPT_WEIGHT : w;
}

static void expire(struct scan *s, uint32_t now)
{
    for (unsigned k = 0; k < MACHINE_REGISTERS; k++)
        if (s->holder[k] && s->ranges[s->holder[k]].end < now)
            s->holder[k] = 0;
}

/* The register that saves a move: that of the call's argument, or of the operand that ends here; 0: none. */
static unsigned preferred(const struct scan *s, ir_reg r)
{
    const struct range *range = &s->ranges[r];
    const struct ir_instruction *use = &s->p->list[range->first_use];
    if (range->is_read && ir_is_call(use->op))
        for (unsigned k = 0; k < use->n_arguments; k++)
            if (use->arguments[k] == r)
                return k + 1;
    const struct ir_instruction *d = &s->p->list[range->definition];
    if (d->op == IR_ARGUMENT)
        return d->index + 1;
    ir_reg a = d->a.reg;
    if (a && s->homes[a].kind == HOME_REGISTER && s->ranges[a].end == range->start - 1)
        return s->homes[a].reg;
    return 0;
}

static unsigned allowed(const struct scan *s, ir_reg r)
{
    return s->usable & (s->ranges[r].over_call ? SAVED : SAVED | LOST);
}

static unsigned pick_free(const struct scan *s, ir_reg r)
{
    unsigned mask = allowed(s, r), wish = preferred(s, r);
    if (wish && mask & 1U << wish && !s->holder[wish])
        return wish;
    for (unsigned k = 1; k < MACHINE_REGISTERS; k++)
        if (mask & 1U << k && !s->holder[k])
            return k;
    return 0;
}

static void give(struct scan *s, ir_reg r, unsigned machine)
{
    s->holder[machine] = r;
    s->homes[r] = (struct home){.kind = HOME_REGISTER, .reg = (uint8_t)machine};
}

static void evict(struct scan *s, ir_reg r)
{
    bool remade = is_free_to_make(s, r);
    s->homes[r] = (struct home){.kind = remade ? HOME_NOWHERE : HOME_FRAME, .offset = remade ? (int32_t)s->ranges[r].definition : 0};
}

/* The lightest holder of a register that r may have, or r itself. */
static void spill(struct scan *s, ir_reg r)
{
    unsigned mask = allowed(s, r), lightest = 0;
    double least = weight(s, r);
    for (unsigned k = 1; k < MACHINE_REGISTERS; k++) {
        if (!(mask & 1U << k) || weight(s, s->holder[k]) >= least)
            continue;
        least = weight(s, s->holder[k]);
        lightest = k;
    }
    if (!lightest) {
        evict(s, r);
        return;
    }
    evict(s, s->holder[lightest]);
    give(s, r, lightest);
}

static void place_one(struct scan *s, ir_reg r)
{
    expire(s, s->ranges[r].start);
    if (is_never_held(s, r)) {
        evict(s, r);
        return;
    }
    unsigned machine = pick_free(s, r);
    if (machine)
        give(s, r, machine);
    else
        spill(s, r);
}

/* Those that are assigned or read, by the start of their ranges (a counting sort). */
static ir_reg *in_order(const struct ir_program *p, const struct range *ranges, uint32_t *n)
{
    uint32_t positions = p->count * 2 + 1;
    uint32_t *at = arena_alloc(p->arena, (positions + 1) * sizeof *at);
    ir_reg *order = arena_alloc(p->arena, p->n_registers * sizeof *order);
    if (!at || !order)
        return NULL;
    for (uint32_t k = 0; k <= positions; k++)
        at[k] = 0;
    for (ir_reg r = 1; r < p->n_registers; r++)
        if (ranges[r].start <= ranges[r].end)
            at[ranges[r].start + 1]++;
    for (uint32_t k = 1; k <= positions; k++)
        at[k] += at[k - 1];
    *n = at[positions];
    for (ir_reg r = 1; r < p->n_registers; r++)
        if (ranges[r].start <= ranges[r].end)
            order[at[ranges[r].start]++] = r;
    return order;
}

/* Gives those in the frame their places; ranges that do not meet share one. */
static void place_in_frame(struct scan *s, const ir_reg *order, uint32_t n, struct allocation *out)
{
    for (uint32_t i = 0; i < n; i++) {
        struct home *home = &s->homes[order[i]];
        if (home->kind != HOME_FRAME)
            continue;
        const struct range *range = &s->ranges[order[i]];
        uint32_t cell = 0;
        while (cell < s->n_cells && s->cells[cell].free_from > range->start)
            cell++;
        if (cell > MAX_CELLS)
            cell = MAX_CELLS; /* the frame is too large anyway */
        if (cell == s->n_cells)
            s->n_cells++;
        s->cells[cell].free_from = range->end + 1;
        home->offset = -(int32_t)(out->frame + (cell + 1) * SPILL_BYTES);
        out->in_frame++;
    }
    out->frame += s->n_cells * SPILL_BYTES;
}

/* What a jump compares and something reads later: the verifier knows its bounds only while it stays where it was compared. */
static void find_indexes(struct scan *s)
{
    for (uint32_t i = 0; i < s->p->count; i++) {
        const struct ir_instruction *at = &s->p->list[i];
        if (at->op == IR_JUMP_IF && at->condition != IR_EQ && at->condition != IR_NE && s->ranges[at->a.reg].end > 2 * i)
            s->is_index[at->a.reg] = true;
    }
}

int registers_allocate(const struct ir_program *p, const struct range *ranges, bool second_scratch, uint32_t frame, struct allocation *out)
{
    struct scan s = {.p = p, .ranges = ranges, .usable = SAVED | LOST};
    if (second_scratch)
        s.usable &= ~(1U << SECOND_SCRATCH);
    uint32_t n = 0;
    ir_reg *order = in_order(p, ranges, &n);
    s.homes = arena_alloc(p->arena, p->n_registers * sizeof *s.homes);
    s.is_index = arena_alloc(p->arena, p->n_registers * sizeof *s.is_index);
    s.cells = arena_alloc(p->arena, (n + 1) * sizeof *s.cells);
    if (!order || !s.homes || !s.is_index || !s.cells)
        return -ENOMEM;
    for (ir_reg r = 0; r < p->n_registers; r++) {
        s.homes[r] = (struct home){0};
        s.is_index[r] = false;
    }
    find_indexes(&s);
    for (uint32_t i = 0; i < n; i++)
        place_one(&s, order[i]);
    *out = (struct allocation){.homes = s.homes, .frame = frame};
    place_in_frame(&s, order, n, out);
    return 0;
}
