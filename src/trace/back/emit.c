/* The driver: programs that are called → lowered → function_write for each (slots, live ranges, homes, instructions, jumps) → calls. */
#include "trace/back/emit.h"

#include "base/arena.h"
#include "base/err.h"
#include "trace/back/facts.h"
#include "trace/back/frames.h"
#include "trace/back/function.h"
#include "trace/back/lower.h"

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

static int emit_one(struct unit *u, uint32_t n)
{
    struct bpf_code *code = u->w.code;
    const struct ir_program *p = &u->lowered[n];
    code->functions[code->n_functions++] = (struct bpf_function){p->name, code->count, p->n_arguments};
    return function_write(p, &u->w, &u->frames[n], u->why);
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
        if (insn->code == BPF_WIDE) {
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
