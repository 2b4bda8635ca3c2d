#include "trace/back/function.h"

#include "base/arena.h"
#include "base/err.h"
#include "trace/back/allocate.h"
#include "trace/back/facts.h"
#include "trace/back/jumps.h"
#include "trace/back/results.h"
#include "trace/back/select.h"
#include "trace/back/slots.h"

#include <stddef.h>
#include <string.h>

struct function {
    const struct ir_program *p;
    struct writer *w;
    struct range *ranges;
    int32_t *slots;
    uint32_t slot_bytes;
    struct allocation allocation;
    bool second_scratch;
    bool *busy; /* by instruction: its code uses r0 */
    uint32_t start, lines;
    struct err *why;
};

static int no_memory(const struct function *f)
{
    return err_set(f->why, ENOMEM, "there is no memory left to compile %s", f->p->name);
}

static void write_one(struct body *b, struct jumps *j, const struct ir_instruction *i, const struct ir_instruction *end)
{
    switch (i->op) {
    case IR_LABEL: jumps_place(j, b->w, i->label); break;
    case IR_JUMP:
        if (ir_is_next(i, end, i->label))
            break;
        write_insn(b->w, BPF_JMP | BPF_JA, 0, 0, 0, 0);
        jumps_add(j, b->w, i->label);
        break;
    case IR_JUMP_IF:
        select_jump_if(b, i);
        jumps_add(j, b->w, i->label);
        break;
    default: select_instruction(b, i); break;
    }
}

static void write_body(struct function *f, struct body *b, struct jumps *j)
{
    const struct ir_program *p = f->p;
    select_entry(b);
    for (uint32_t k = 0; k < p->count && !f->w->out_of_memory; k++) {
        const struct ir_instruction *i = &p->list[k];
        jumps_relay(j, f->w);
        if (i->op != IR_LABEL)
            write_line(f->w, i->at, false);
        b->uses_r0 = false;
        write_one(b, j, i, p->list + p->count);
        f->busy[k] = b->uses_r0;
    }
}

/* The whole function, over what was written of it before. */
static int write_all(struct function *f)
{
    struct jumps jumps;
    if (jumps_init(&jumps, f->p->arena, f->p->n_labels))
        return no_memory(f);
    f->w->code->count = f->start;
    f->w->code->n_lines = f->lines;
    struct body body = {.p = f->p, .homes = f->allocation.homes, .slots = f->slots, .w = f->w, .second_scratch = f->second_scratch};
    f->w->wants_scratch = false;
    write_line(f->w, f->p->list[0].at, true);
    write_body(f, &body, &jumps);
    if (f->w->out_of_memory || jumps.out_of_memory)
        return no_memory(f);
    if (jumps_fill(&jumps, f->w))
        return err_set(f->why, E2BIG, "a loop of %s is too long: BPF jumps back over 32767 instructions at most", f->p->name);
    return 0;
}

static int allocate(struct function *f, bool second_scratch)
{
    f->second_scratch = second_scratch;
    return registers_allocate(f->p, f->ranges, second_scratch, f->slot_bytes, &f->allocation) ? no_memory(f) : 0;
}

/* The second scratch register is kept free only when something is in the frame, or when the code turns out to need it. */
static int allocate_and_write(struct function *f)
{
    int e = allocate(f, false);
    if (!e && f->allocation.in_frame)
        e = allocate(f, true);
    if (e)
        return e;
    if (f->allocation.frame > BPF_STACK_BYTES)
        return err_set(f->why, E2BIG,
                       "%s needs more than the %d bytes of stack that BPF has: use fewer or shorter strings and variables at once",
                       f->p->name, BPF_STACK_BYTES);
    e = write_all(f);
    if (!e && f->w->wants_scratch && !f->second_scratch) {
        e = allocate(f, true);
        if (!e)
            e = write_all(f);
    }
    return e;
}

int function_write(const struct ir_program *p, struct writer *w, uint32_t *frame, struct err *why)
{
    struct function f = {.p = p, .w = w, .start = w->code->count, .lines = w->code->n_lines, .why = why};
    f.slots = slots_place(p, &f.slot_bytes);
    f.busy = arena_alloc(p->arena, p->count * sizeof *f.busy);
    if (!f.slots || !f.busy || ranges_find(p, &f.ranges))
        return no_memory(&f);
    int e = allocate_and_write(&f);
    if (!e && results_stay(p, f.ranges, f.busy, f.allocation.homes))
        e = write_all(&f);
    *frame = f.allocation.frame;
    return e;
}
