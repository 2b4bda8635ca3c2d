/* The driver: programs that are called → lowered → live ranges → homes → instructions → jumps and calls filled in. */
#include "trace/back/emit.h"

#include "base/arena.h"
#include "base/err.h"
#include "trace/back/allocate.h"
#include "trace/back/facts.h"
#include "trace/back/frames.h"
#include "trace/back/jumps.h"
#include "trace/back/live.h"
#include "trace/back/lower.h"
#include "trace/back/select.h"
#include "trace/back/slots.h"

#include <stddef.h>

struct unit {
    struct arena *arena;   /* for the code */
    struct arena *scratch; /* for all else */
    struct ir_program *const *programs;
    uint32_t n;
    struct ir_program *lowered; /* by program */
    uint32_t *order;            /* programs that are called, the entry first */
    uint32_t n_order;
    int32_t *function_of; /* by program: its function, -1: not called */
    uint32_t *frames;     /* by program: bytes */
    struct writer w;
    struct err *why;
};

static int no_memory(struct err *why)
{
    return err_set(why, ENOMEM, "there is no memory left to compile the program");
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

static void write_body(struct body *b, struct jumps *j)
{
    select_entry(b);
    for (uint32_t k = 0; k < b->p->count && !b->w->out_of_memory; k++) {
        const struct ir_instruction *i = &b->p->list[k];
        jumps_relay(j, b->w);
        if (i->op != IR_LABEL)
            write_line(b->w, i->at, false);
        write_one(b, j, i, b->p->list + b->p->count);
    }
}

struct attempt {
    const struct ir_program *p;
    const struct range *ranges;
    const int32_t *slots;
    uint32_t slot_bytes, n;
};

/* Registers and instructions; second_scratch as in registers_allocate. 1: once more with it, please. */
static int write_function(struct unit *u, const struct attempt *a, bool second_scratch)
{
    struct allocation allocation;
    struct jumps jumps;
    if (registers_allocate(a->p, a->ranges, second_scratch, a->slot_bytes, &allocation))
        return no_memory(u->why);
    if (allocation.in_frame && !second_scratch)
        return 1;
    if (allocation.frame > BPF_STACK_BYTES)
        return err_set(u->why, E2BIG,
                       "%s needs more than the %d bytes of stack that BPF has: use fewer or shorter strings and variables at once",
                       a->p->name, BPF_STACK_BYTES);
    if (jumps_init(&jumps, u->scratch, a->p->n_labels))
        return no_memory(u->why);
    uint32_t start = u->w.code->count, lines = u->w.code->n_lines;
    struct body body = {.p = a->p, .homes = allocation.homes, .slots = a->slots, .w = &u->w, .second_scratch = second_scratch};
    u->w.wants_scratch = false;
    write_line(&u->w, a->p->list[0].at, true);
    write_body(&body, &jumps);
    if (u->w.out_of_memory || jumps.out_of_memory)
        return no_memory(u->why);
    if (u->w.wants_scratch && !second_scratch) {
        u->w.code->count = start;
        u->w.code->n_lines = lines;
        return 1;
    }
    u->frames[a->n] = allocation.frame;
    if (jumps_fill(&jumps, &u->w))
        return err_set(u->why, E2BIG, "a loop of %s is too long: BPF jumps back over 32767 instructions at most", a->p->name);
    return 0;
}

static int emit_one(struct unit *u, uint32_t n)
{
    struct attempt a = {.p = &u->lowered[n], .n = n};
    struct range *ranges;
    a.slots = slots_place(a.p, &a.slot_bytes);
    if (!a.slots || ranges_find(a.p, &ranges))
        return no_memory(u->why);
    a.ranges = ranges;
    struct bpf_code *code = u->w.code;
    code->functions[code->n_functions++] = (struct bpf_function){a.p->name, code->count, a.p->n_arguments};
    int e = write_function(u, &a, false);
    return e > 0 ? write_function(u, &a, true) : e;
}

/* Lowers a program and puts those that it calls behind it. */
static int visit(struct unit *u, uint32_t n)
{
    int e = ir_lower(u->programs[n], u->scratch, &u->lowered[n]);
    if (e == -ENOMEM)
        return no_memory(u->why);
    if (e)
        return err_set(u->why, -e, "%s jumps to a place that it does not have: please report this", u->programs[n]->name);
    for (uint32_t i = 0; i < u->lowered[n].count; i++) {
        const struct ir_instruction *at = &u->lowered[n].list[i];
        if (at->op != IR_CALL_FUNCTION && at->op != IR_FUNCTION)
            continue;
        if (at->index >= u->n)
            return err_set(u->why, EINVAL, "%s calls a function that does not exist: please report this", u->programs[n]->name);
        if (u->function_of[at->index] >= 0)
            continue;
        u->function_of[at->index] = (int32_t)u->n_order;
        u->order[u->n_order++] = at->index;
    }
    return 0;
}

/* Calls stand with the index of the program until all have their place. */
static void fill_calls(struct unit *u)
{
    for (uint32_t i = 0; i < u->w.code->count; i++) {
        struct bpf_insn *insn = &u->w.code->insns[i];
        if (insn->code == (BPF_LD | BPF_DW | BPF_IMM)) {
            if (insn->src_reg == BPF_PSEUDO_FUNC)
                insn->imm = (int32_t)(u->w.code->functions[u->function_of[insn->imm]].at - i - 1);
            i++;
        } else if (insn->code == (BPF_JMP | BPF_CALL) && insn->src_reg == BPF_PSEUDO_CALL)
            insn->imm = (int32_t)(u->w.code->functions[u->function_of[insn->imm]].at - i - 1);
    }
}

static int unit_init(struct unit *u)
{
    u->lowered = arena_alloc(u->scratch, u->n * sizeof *u->lowered);
    u->order = arena_alloc(u->scratch, u->n * sizeof *u->order);
    u->function_of = arena_alloc(u->scratch, u->n * sizeof *u->function_of);
    u->frames = arena_alloc(u->scratch, u->n * sizeof *u->frames);
    u->w.code->functions = arena_alloc(u->arena, u->n * sizeof *u->w.code->functions);
    if (!u->lowered || !u->order || !u->function_of || !u->frames || !u->w.code->functions)
        return no_memory(u->why);
    for (uint32_t k = 0; k < u->n; k++) {
        u->function_of[k] = -1;
        u->frames[k] = 0;
    }
    u->function_of[0] = 0;
    u->order[u->n_order++] = 0;
    return 0;
}

static int emit_all(struct unit *u)
{
    int e = unit_init(u);
    for (uint32_t k = 0; !e && k < u->n_order; k++)
        e = visit(u, u->order[k]);
    for (uint32_t k = 0; !e && k < u->n_order; k++)
        e = emit_one(u, u->order[k]);
    if (e)
        return e;
    fill_calls(u);
    struct call_graph graph = {u->lowered, u->frames, u->n};
    return frames_check(u->scratch, &graph, &u->w.code->stack_bytes, u->why);
}

int bpf_emit(struct arena *arena, struct ir_program *const *programs, uint32_t n, struct bpf_code *out, struct err *why)
{
    *out = (struct bpf_code){0};
    struct arena scratch = {0};
    struct unit u = {.arena = arena, .scratch = &scratch, .programs = programs, .n = n, .w = {.arena = arena, .code = out}, .why = why};
    int e = emit_all(&u);
    arena_free(&scratch);
    return e;
}
