/* Following a function: one pass over its instructions, with what is known of registers and stack. Where jumps meet, only what both
 * ways agree on stays known. */
#include "objects/code_inside.h"

#include <stdlib.h>
#include <string.h>

enum { REGISTERS = 11, STACK_SLOTS = 64, MAX_JUMPS = 4096 /* that have not arrived */ };

struct state {
    struct known registers[REGISTERS];
    struct known stack[STACK_SLOTS]; /* 8 bytes each; slot 0 is at the frame's end - 8 */
};

struct follow {
    struct function *f;
    struct state now;
    bool reachable;
    struct state **at; /* what was known when a jump went there; NULL: no jump did */
    size_t jumps;      /* states in `at` */
    size_t first_record;
    int64_t deepest; /* stack offset */
};

static void forget(struct known *k)
{
    *k = (struct known){KNOWN_NOTHING};
}

static void meet_one(struct known *a, const struct known *b)
{
    /* NULL on the other way: the pointer was refused there */
    if (b->kind == KNOWN_CONSTANT && !b->value && (a->kind == KNOWN_VALUE || a->kind == KNOWN_RECORD))
        return;
    if (a->kind != b->kind || a->value != b->value || a->map != b->map || a->record != b->record || a->origin != b->origin)
        forget(a);
}

static void meet(struct state *a, const struct state *b)
{
    for (unsigned i = 0; i < REGISTERS; i++)
        meet_one(&a->registers[i], &b->registers[i]);
    for (unsigned i = 0; i < STACK_SLOTS; i++)
        meet_one(&a->stack[i], &b->stack[i]);
}

/* A jump from here to `to`, counted from the function's start. Jumps back change nothing: their target was passed. */
static void jump(struct follow *w, uint32_t from, int64_t to)
{
    if (to <= from || to >= w->f->n)
        return;
    struct state **there = &w->at[to];
    if (*there)
        meet(*there, &w->now);
    else if (w->jumps++ < MAX_JUMPS && (*there = malloc(sizeof **there)))
        **there = w->now;
}

static void arrive(struct follow *w, uint32_t i)
{
    struct state *other = w->at[i];
    if (!other)
        return;
    if (w->reachable)
        meet(&w->now, other);
    else
        w->now = *other;
    w->reachable = true;
    w->at[i] = NULL;
    w->jumps--;
    free(other);
}

static struct known *slot_of(struct follow *w, const struct known *base, int16_t offset)
{
    int64_t at = base->value + offset;
    if (base->kind != KNOWN_STACK || at >= 0 || at < -8 * STACK_SLOTS)
        return NULL;
    if (at < w->deepest)
        w->deepest = at;
    return &w->now.stack[(-at - 1) / 8];
}

static void load(struct follow *w, struct bpf_insn in)
{
    struct known *to = &w->now.registers[in.dst_reg], *slot = slot_of(w, &w->now.registers[in.src_reg], in.off);
    if (slot && BPF_SIZE(in.code) == BPF_DW && BPF_MODE(in.code) == BPF_MEM)
        *to = *slot;
    else
        forget(to);
}

static void store(struct follow *w, struct bpf_insn in)
{
    struct known *slot = slot_of(w, &w->now.registers[in.dst_reg], in.off);
    if (!slot)
        return;
    if (BPF_CLASS(in.code) == BPF_STX && BPF_SIZE(in.code) == BPF_DW && BPF_MODE(in.code) == BPF_MEM)
        *slot = w->now.registers[in.src_reg];
    else
        forget(slot);
}

static void add(struct follow *w, struct known *to, int64_t v)
{
    if (to->kind == KNOWN_CONSTANT || to->kind == KNOWN_STACK || to->kind == KNOWN_GLOBAL)
        to->value = (int64_t)((uint64_t)to->value + (uint64_t)v);
    else if (v)
        forget(to);
    if (to->kind == KNOWN_STACK && to->value < w->deepest && to->value >= -8 * STACK_SLOTS)
        w->deepest = to->value;
}

static void arithmetic(struct follow *w, struct bpf_insn in)
{
    struct known *to = &w->now.registers[in.dst_reg];
    const struct known *from = &w->now.registers[in.src_reg];
    bool wide = BPF_CLASS(in.code) == BPF_ALU64, immediate = BPF_SRC(in.code) == BPF_K;
    if (BPF_OP(in.code) == BPF_MOV && immediate)
        *to = (struct known){.kind = KNOWN_CONSTANT, .value = wide ? in.imm : (int64_t)(uint32_t)in.imm};
    else if (BPF_OP(in.code) == BPF_MOV && !in.off && (wide || from->kind == KNOWN_CONSTANT))
        *to = *from;
    else if (BPF_OP(in.code) == BPF_ADD && wide && immediate)
        add(w, to, in.imm);
    else if (BPF_OP(in.code) == BPF_ADD && wide && from->kind == KNOWN_CONSTANT)
        add(w, to, from->value);
    else
        forget(to);
}

static void call(struct follow *w, uint32_t insn, struct bpf_insn in)
{
    struct known result = {KNOWN_NOTHING};
    if (!in.src_reg)
        result = code_call(w->f, insn, in.imm, w->now.registers);
    for (unsigned r = 1; r <= 5; r++)
        forget(&w->now.registers[r]);
    w->now.registers[0] = result;
}

static void branch(struct follow *w, uint32_t i, struct bpf_insn in)
{
    bool wide = BPF_CLASS(in.code) == BPF_JMP32 && BPF_OP(in.code) == BPF_JA;
    int64_t to = (int64_t)i + 1 + (wide ? in.imm : in.off);
    if (BPF_OP(in.code) == BPF_EXIT) {
        w->reachable = false;
    } else if (BPF_OP(in.code) == BPF_CALL) {
        call(w, w->f->first + i, in);
    } else {
        jump(w, i, to);
        w->reachable &= BPF_OP(in.code) != BPF_JA;
    }
}

/* Executes one instruction; how many slots it takes. */
static uint32_t step(struct follow *w, uint32_t i, struct bpf_insn in)
{
    switch (BPF_CLASS(in.code)) {
    case BPF_LD:
        if (in.code != (BPF_LD | BPF_IMM | BPF_DW)) {
            forget(&w->now.registers[0]);
            return 1;
        }
        if (in.src_reg)
            forget(&w->now.registers[in.dst_reg]); /* already a descriptor, or another function */
        if (!in.src_reg)
            code_constant(w->f, w->f->first + i, &w->now.registers[in.dst_reg]);
        return 2;
    case BPF_LDX: load(w, in); break;
    case BPF_ST:
    case BPF_STX: store(w, in); break;
    case BPF_ALU:
    case BPF_ALU64: arithmetic(w, in); break;
    default: branch(w, i, in);
    }
    return 1;
}

/* Notes in which registers the reserved records are, after instruction i. */
static void trace(const struct follow *w, uint32_t i)
{
    for (unsigned r = 0; r < 10; r++) {
        const struct known *k = &w->now.registers[r];
        if (k->kind != KNOWN_RECORD)
            continue;
        struct code_record *record = &w->f->code->records[k->record];
        uint32_t since = w->f->first + i - record->insn;
        if (since < CODE_TRACE)
            record->held[since] |= (uint16_t)(1 << r);
    }
}

static void follow(struct follow *w)
{
    for (uint32_t i = 0; i < w->f->n;) {
        struct bpf_insn in = code_insn(w->f, w->f->first + i);
        arrive(w, i);
        if (in.dst_reg >= REGISTERS || in.src_reg >= REGISTERS || w->jumps >= MAX_JUMPS)
            return;
        uint32_t used = 1;
        if (w->reachable) {
            used = step(w, i, in);
            trace(w, i);
        } else if (in.code == (BPF_LD | BPF_IMM | BPF_DW)) {
            used = 2;
        }
        i += used;
    }
}

void code_follow(struct function *f)
{
    struct follow w = {.f = f, .reachable = true, .first_record = f->code->n_records};
    w.at = calloc((size_t)f->n + 1, sizeof(struct state *));
    if (!w.at)
        return;
    w.now.registers[10] = (struct known){.kind = KNOWN_STACK};
    follow(&w);
    for (size_t i = w.first_record; i < f->code->n_records; i++)
        f->code->records[i].frame = (int32_t)((-w.deepest + 7) / 8 * 8);
    for (uint32_t i = 0; i <= f->n; i++)
        free(w.at[i]);
    free(w.at);
}
