#include "trace/back/results.h"

#include "base/arena.h"
#include "trace/back/facts.h"

#include <stddef.h>

/* The result of a call that its range begins with, in a register. No call is inside the range: r0 would be lost there. */
static bool is_result(const struct ir_program *p, const struct range *range, const struct home *home)
{
    return home->kind == HOME_REGISTER && range->definitions == 1 && !range->over_call && range->start == 2 * range->definition + 1 &&
           ir_is_call(p->list[range->definition].op);
}

bool results_stay(const struct ir_program *p, const struct range *ranges, const bool *busy, struct home *homes)
{
    uint32_t *busy_before = arena_alloc(p->arena, (p->count + 1) * sizeof *busy_before);
    if (!busy_before)
        return false;
    busy_before[0] = 0;
    for (uint32_t i = 0; i < p->count; i++)
        busy_before[i + 1] = busy_before[i] + busy[i];
    bool changed = false;
    for (ir_reg r = 1; r < p->n_registers; r++) {
        const struct range *range = &ranges[r];
        if (range->start > range->end || !is_result(p, range, &homes[r]))
            continue;
        uint32_t behind = range->end / 2 + 1; /* the last instruction that needs it, and one */
        if (busy_before[behind < p->count ? behind : p->count] != busy_before[range->definition + 1])
            continue;
        homes[r].reg = BPF_REG_0;
        changed = true;
    }
    return changed;
}
