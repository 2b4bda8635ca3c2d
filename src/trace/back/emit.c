/* The driver: programs that are called → lowered → live ranges → homes → instructions → jumps and calls filled in. */
#include "trace/back/emit.h"

#include "base/arena.h"
#include "base/err.h"
#include "trace/back/allocate.h"
#include "trace/back/facts.h"
#include "trace/back/frames.h"
#include "trace/back/live.h"
#include "trace/back/lower.h"
#include "trace/back/select.h"

#include <inttypes.h>

struct unit {
    struct arena *arena;
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

/* The offset of each slot that is read from r10, and the bytes of all. */
static int32_t *place_slots(const struct ir_program *p, uint32_t *bytes)
{
    int32_t *offsets = arena_alloc(p->arena, (p->n_slots + 1) * sizeof *offsets);
    if (!offsets)
        return NULL;
    *bytes = 0;
    for (uint32_t s = 0; s < p->n_slots; s++)
        offsets[s] = 0;
    for (uint32_t i = 0; i < p->count; i++) {
        const struct ir_instruction *at = &p->list[i];
        if (at->op != IR_SLOT || offsets[at->slot])
            continue;
        uint32_t size = p->slot_sizes[at->slot] ? p->slot_sizes[at->slot] : 1;
        if (size <= BPF_STACK_BYTES && *bytes <= BPF_STACK_BYTES)
            *bytes += (size + 7) & ~7U;
        else
            *bytes = BPF_STACK_BYTES + 8;
        offsets[at->slot] = -(int32_t)*bytes;
    }
    return offsets;
}

/* Where the labels of a function stand, and the jumps that wait for them. */
struct jumps {
    uint32_t *label_at; /* by label: instruction */
    struct waiting {
        uint32_t insn;
        ir_label label;
    } * list;
    uint32_t n;
};

static void write_jump(struct writer *w, struct jumps *j, ir_label label)
{
    j->list[j->n++] = (struct waiting){w->code->count - 1, label};
}

static void write_body(struct body *b, struct jumps *j)
{
    select_entry(b);
    for (uint32_t k = 0; k < b->p->count; k++) {
        const struct ir_instruction *i = &b->p->list[k];
        if (i->op != IR_LABEL)
            write_line(b->w, i->at, false);
        if (i->op == IR_LABEL) {
            j->label_at[i->label] = b->w->code->count;
        } else if (i->op == IR_JUMP) {
            bool is_next = k + 1 < b->p->count && i[1].op == IR_LABEL && i[1].label == i->label;
            if (is_next)
                continue;
            write_insn(b->w, BPF_JMP | BPF_JA, 0, 0, 0, 0);
            write_jump(b->w, j, i->label);
        } else if (i->op == IR_JUMP_IF) {
            select_jump_if(b, i);
            write_jump(b->w, j, i->label);
        } else {
            select_instruction(b, i);
        }
    }
}

static int fill_jumps(struct unit *u, const struct jumps *j, const char *name)
{
    for (uint32_t k = 0; k < j->n; k++) {
        int64_t distance = (int64_t)j->label_at[j->list[k].label] - j->list[k].insn - 1;
        if (distance != (int16_t)distance)
            return err_set(u->why, E2BIG,
                           "%s is too long: a jump of %" PRId64 " instructions; BPF jumps over 32767 at most: split it into several probes",
                           name, distance);
        u->w.code->insns[j->list[k].insn].off = (int16_t)distance;
    }
    return 0;
}

static int jumps_init(struct unit *u, const struct ir_program *p, struct jumps *j)
{
    *j = (struct jumps){.label_at = arena_alloc(u->arena, p->n_labels * sizeof *j->label_at),
                        .list = arena_alloc(u->arena, (p->count + 1) * sizeof *j->list)};
    return j->label_at && j->list ? 0 : no_memory(u->why);
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
    int e = jumps_init(u, a->p, &jumps);
    if (e)
        return e;
    uint32_t start = u->w.code->count, lines = u->w.code->n_lines;
    struct body body = {.p = a->p, .homes = allocation.homes, .slots = a->slots, .w = &u->w, .second_scratch = second_scratch};
    u->w.wants_scratch = false;
    write_line(&u->w, a->p->list[0].at, true);
    write_body(&body, &jumps);
    if (u->w.out_of_memory)
        return no_memory(u->why);
    if (u->w.wants_scratch && !second_scratch) {
        u->w.code->count = start;
        u->w.code->n_lines = lines;
        return 1;
    }
    u->frames[a->n] = allocation.frame;
    return fill_jumps(u, &jumps, a->p->name);
}

static int emit_one(struct unit *u, uint32_t n)
{
    struct attempt a = {.p = &u->lowered[n], .n = n};
    struct range *ranges;
    a.slots = place_slots(a.p, &a.slot_bytes);
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
    int e = ir_lower(u->programs[n], &u->lowered[n]);
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
    u->lowered = arena_alloc(u->arena, u->n * sizeof *u->lowered);
    u->order = arena_alloc(u->arena, u->n * sizeof *u->order);
    u->function_of = arena_alloc(u->arena, u->n * sizeof *u->function_of);
    u->frames = arena_alloc(u->arena, u->n * sizeof *u->frames);
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

int bpf_emit(struct arena *arena, struct ir_program *const *programs, uint32_t n, struct bpf_code *out, struct err *why)
{
    *out = (struct bpf_code){0};
    struct unit u = {.arena = arena, .programs = programs, .n = n, .w = {.arena = arena, .code = out}, .why = why};
    int e = unit_init(&u);
    for (uint32_t k = 0; !e && k < u.n_order; k++)
        e = visit(&u, u.order[k]);
    for (uint32_t k = 0; !e && k < u.n_order; k++)
        e = emit_one(&u, u.order[k]);
    if (e)
        return e;
    fill_calls(&u);
    struct call_graph graph = {u.lowered, u.frames, n};
    return frames_check(arena, &graph, &out->stack_bytes, why);
}
