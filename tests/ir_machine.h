/* A plain interpreter of the intermediate form: what the emitted code is compared with. Addresses are the host's. */
#pragma once
#include "trace/back/ir.h"

#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>

enum { MACHINE_STEPS = 1000000, MACHINE_LOOP = 181 /* BPF_FUNC_loop */ };

struct machine {
    struct ir_program *const *programs;
    uint8_t *context;
    uint8_t *map; /* the value of every map */
    uint32_t steps;
    const char *fault;
};

static inline uint64_t machine_run(struct machine *m, uint32_t n, const uint64_t arguments[5]);

struct machine_frame {
    const struct ir_program *p;
    uint64_t *registers;
    uint8_t **slots;
    const uint64_t *arguments;
    uint32_t at;
};

static inline uint64_t machine_value(const struct machine_frame *f, struct ir_value v)
{
    return v.reg ? f->registers[v.reg] : (uint64_t)v.constant;
}

static inline uint64_t machine_extend(uint64_t v, unsigned size, bool is_signed)
{
    unsigned bits = 64 - size * 8;
    return is_signed ? (uint64_t)((int64_t)(v << bits) >> bits) : v << bits >> bits;
}

static inline uint64_t machine_swap(uint64_t v, unsigned size)
{
    uint64_t r = 0;
    for (unsigned k = 0; k < size; k++)
        r |= (v >> (8 * k) & 0xff) << (8 * (size - 1 - k));
    return r;
}

static inline uint64_t machine_divide(enum ir_op op, uint64_t a, uint64_t b)
{
    bool is_signed = op == IR_SDIV || op == IR_SMOD, is_quotient = op == IR_DIV || op == IR_SDIV;
    if (!b)
        return is_quotient ? 0 : a;
    if (!is_signed)
        return is_quotient ? a / b : a % b;
    if (b == UINT64_MAX)
        return is_quotient ? -a : 0;
    return is_quotient ? (uint64_t)((int64_t)a / (int64_t)b) : (uint64_t)((int64_t)a % (int64_t)b);
}

static inline uint64_t machine_binary(enum ir_op op, uint64_t a, uint64_t b)
{
    switch (op) {
    case IR_ADD: return a + b;
    case IR_SUB: return a - b;
    case IR_MUL: return a * b;
    case IR_AND: return a & b;
    case IR_OR: return a | b;
    case IR_XOR: return a ^ b;
    case IR_SHL: return a << (b & 63);
    case IR_SHR: return a >> (b & 63);
    case IR_SAR: return (uint64_t)((int64_t)a >> (b & 63));
    default: return machine_divide(op, a, b);
    }
}

static inline bool machine_holds(enum ir_condition c, uint64_t a, uint64_t b)
{
    int64_t x = (int64_t)a, y = (int64_t)b;
    switch (c) {
    case IR_EQ: return a == b;
    case IR_NE: return a != b;
    case IR_ULT: return a < b;
    case IR_ULE: return a <= b;
    case IR_UGT: return a > b;
    case IR_UGE: return a >= b;
    case IR_SLT: return x < y;
    case IR_SLE: return x <= y;
    case IR_SGT: return x > y;
    case IR_SGE: return x >= y;
    default: return a & b;
    }
}

/* bpf_loop: calls back until the function returns other than 0; the number of calls. */
static inline uint64_t machine_loop(struct machine *m, const struct machine_frame *f, const struct ir_instruction *i)
{
    uint64_t times = f->registers[i->arguments[0]], turn = 0;
    while (turn < times && !m->fault) {
        uint64_t arguments[5] = {turn++, f->registers[i->arguments[2]]};
        if (machine_run(m, (uint32_t)f->registers[i->arguments[1]], arguments))
            break;
    }
    return turn;
}

/* The helpers that the generated programs call. What the clock says is never used. */
static inline uint64_t machine_helper(struct machine *m, const struct machine_frame *f, const struct ir_instruction *i)
{
    uint32_t key = 0;
    if (i->index == MACHINE_LOOP)
        return machine_loop(m, f, i);
    if (i->index != BPF_FUNC_map_lookup_elem)
        return 0;
    memcpy(&key, (void *)(uintptr_t)f->registers[i->arguments[1]], sizeof key);
    return key ? 0 : (uint64_t)(uintptr_t)m->map;
}

static inline uint64_t machine_call(struct machine *m, const struct machine_frame *f, const struct ir_instruction *i)
{
    if (i->op == IR_CALL)
        return machine_helper(m, f, i);
    uint64_t arguments[5] = {0};
    for (unsigned k = 0; k < i->n_arguments; k++)
        arguments[k] = f->registers[i->arguments[k]];
    return machine_run(m, i->index, arguments);
}

static inline void machine_memory(struct machine_frame *f, const struct ir_instruction *i)
{
    void *at = (void *)(uintptr_t)(machine_value(f, i->a) + (uint64_t)(int64_t)i->offset);
    uint64_t v = machine_value(f, i->b), old = 0;
    memcpy(&old, at, i->size);
    if (i->op == IR_LOAD) {
        f->registers[i->to] = machine_extend(old, i->size, i->is_signed);
        return;
    }
    v = i->op == IR_ATOMIC_ADD ? old + v : v;
    memcpy(at, &v, i->size);
}

static inline void machine_goto(struct machine *m, struct machine_frame *f, ir_label label)
{
    for (uint32_t k = 0; k < f->p->count; k++)
        if (f->p->list[k].op == IR_LABEL && f->p->list[k].label == label) {
            f->at = k;
            return;
        }
    m->fault = "a jump to nowhere";
}

static inline void machine_step(struct machine *m, struct machine_frame *f, const struct ir_instruction *i)
{
    uint64_t a = machine_value(f, i->a), *to = &f->registers[i->to];
    switch (i->op) {
    case IR_MOVE: *to = a; break;
    case IR_NEG: *to = -a; break;
    case IR_EXTEND: *to = machine_extend(a, i->size, i->is_signed); break;
    case IR_SWAP: *to = machine_swap(a, i->size); break;
    case IR_LOAD:
    case IR_STORE:
    case IR_ATOMIC_ADD: machine_memory(f, i); break;
    case IR_SLOT: *to = (uint64_t)(uintptr_t)f->slots[i->slot]; break;
    case IR_MAP: *to = 0; break;
    case IR_MAP_DATA: *to = (uint64_t)(uintptr_t)m->map + (uint64_t)i->offset; break;
    case IR_FUNCTION: *to = i->index; break;
    case IR_CONTEXT: *to = (uint64_t)(uintptr_t)m->context; break;
    case IR_ARGUMENT: *to = f->arguments[i->index]; break;
    case IR_CALL:
    case IR_CALL_FUNCTION: *to = machine_call(m, f, i); break;
    case IR_JUMP: machine_goto(m, f, i->label); break;
    case IR_JUMP_IF:
        if (machine_holds(i->condition, a, machine_value(f, i->b)))
            machine_goto(m, f, i->label);
        break;
    case IR_LABEL:
    case IR_RETURN:
    case IR_OPS: break;
    default: *to = machine_binary(i->op, a, machine_value(f, i->b)); break;
    }
}

static inline uint64_t machine_run(struct machine *m, uint32_t n, const uint64_t arguments[5])
{
    const struct ir_program *p = m->programs[n];
    struct machine_frame f = {.p = p, .arguments = arguments};
    f.registers = calloc(p->n_registers, sizeof *f.registers);
    f.slots = calloc(p->n_slots + 1, sizeof *f.slots);
    for (uint32_t k = 0; k < p->n_slots; k++)
        f.slots[k] = calloc(1, p->slot_sizes[k] + 1);
    uint64_t result = 0;
    for (; f.at < p->count && !m->fault; f.at++) {
        if (++m->steps > MACHINE_STEPS)
            m->fault = "too many steps";
        if (p->list[f.at].op == IR_RETURN) {
            result = machine_value(&f, p->list[f.at].a);
            break;
        }
        machine_step(m, &f, &p->list[f.at]);
    }
    for (uint32_t k = 0; k < p->n_slots; k++)
        free(f.slots[k]);
    free(f.slots);
    free(f.registers);
    return result;
}
