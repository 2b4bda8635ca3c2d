#include "trace/back/lower.h"

#include "base/arena.h"
#include "trace/back/blocks.h"
#include "trace/back/facts.h"

#include <errno.h>
#include <string.h>

/* a without its sign, and the sign as all ones or none: (a ^ sign) - sign. No jump: the verifier has one path less to walk. */
struct magnitude {
    struct ir_value value, sign;
};

static struct magnitude magnitude_of(struct ir_program *p, struct ir_value a)
{
    if (!a.reg)
        return (struct magnitude){ir_const(a.constant < 0 ? (int64_t)(0 - (uint64_t)a.constant) : a.constant), ir_const(-(a.constant < 0))};
    struct ir_value sign = ir_of(ir_binary(p, IR_SAR, a, ir_const(63)));
    struct ir_value turned = ir_of(ir_binary(p, IR_XOR, a, sign));
    return (struct magnitude){ir_of(ir_binary(p, IR_SUB, turned, sign)), sign};
}

static void lower_one(struct ir_program *p, struct ir_instruction i);

static void add_lowered(struct ir_program *p, enum ir_op op, ir_reg to, struct ir_value a, struct ir_value b)
{
    lower_one(p, (struct ir_instruction){.op = op, .to = to, .a = a, .b = b});
}

static struct ir_value lowered(struct ir_program *p, enum ir_op op, struct ir_value a, struct ir_value b)
{
    ir_reg to = ir_register(p);
    add_lowered(p, op, to, a, b);
    return ir_of(to);
}

/* a / b or a % b of magnitudes: by a power of two without a division. */
static struct ir_value divided(struct ir_program *p, bool is_quotient, struct ir_value a, struct ir_value b)
{
    uint64_t divisor = (uint64_t)b.constant;
    if (b.reg || !divisor || divisor & (divisor - 1))
        return lowered(p, is_quotient ? IR_DIV : IR_MOD, a, b);
    return is_quotient ? lowered(p, IR_SHR, a, ir_const(__builtin_ctzll(divisor)))
                       : lowered(p, IR_AND, a, ir_const((int64_t)(divisor - 1)));
}

static void lower_signed_division(struct ir_program *p, const struct ir_instruction *i)
{
    struct magnitude a = magnitude_of(p, i->a), b = magnitude_of(p, i->b);
    struct ir_value result = divided(p, i->op == IR_SDIV, a.value, b.value);
    bool has_sign_of_a = i->op == IR_SMOD || (!b.sign.reg && !b.sign.constant);
    struct ir_value sign = has_sign_of_a ? a.sign : lowered(p, IR_XOR, a.sign, b.sign);
    add_lowered(p, IR_SUB, i->to, lowered(p, IR_XOR, result, sign), sign);
}

static struct ir_value in_register(struct ir_program *p, struct ir_value v)
{
    return v.reg ? v : ir_of(ir_move(p, v));
}

static void lower_binary(struct ir_program *p, struct ir_instruction i)
{
    if (i.op == IR_SDIV || i.op == IR_SMOD) {
        lower_signed_division(p, &i);
        return;
    }
    bool is_shift = i.op == IR_SHL || i.op == IR_SHR || i.op == IR_SAR;
    if (!i.b.reg && is_shift)
        i.b.constant &= 63;
    bool by_zero = !i.b.reg && !i.b.constant && (i.op == IR_DIV || i.op == IR_MOD);
    if (by_zero || (!i.a.reg && !i.b.reg)) {
        ir_assign(p, i.to, i.a.reg && i.op == IR_MOD ? i.a : ir_const(i.a.reg ? 0 : ir_compute(i.op, i.a.constant, i.b.constant)));
        return;
    }
    if (!i.a.reg && ir_is_commutative(i.op)) {
        struct ir_value a = i.a;
        i.a = i.b;
        i.b = a;
    }
    i.a = in_register(p, i.a);
    if (!i.b.reg && !ir_fits(i.b.constant))
        i.b = in_register(p, i.b);
    ir_add(p, i);
}

static void lower_jump_if(struct ir_program *p, struct ir_instruction i)
{
    if (!i.a.reg && i.b.reg) {
        struct ir_value a = i.a;
        i.a = i.b;
        i.b = a;
        i.condition = ir_flipped(i.condition);
    }
    i.a = in_register(p, i.a);
    if (!i.b.reg && !ir_fits(i.b.constant))
        i.b = in_register(p, i.b);
    ir_add(p, i);
}

static void lower_memory(struct ir_program *p, struct ir_instruction i)
{
    i.a = in_register(p, i.a);
    if (i.offset != (int16_t)i.offset) {
        i.a = ir_of(ir_binary(p, IR_ADD, i.a, ir_const(i.offset)));
        i.offset = 0;
    }
    if (i.op == IR_STORE && !i.b.reg)
        i.b.constant = ir_extend(i.b.constant, i.size, true);
    if (!i.b.reg && (i.op == IR_ATOMIC_ADD || (i.op == IR_STORE && !ir_fits(i.b.constant))))
        i.b = in_register(p, i.b);
    ir_add(p, i);
}

static void lower_unary(struct ir_program *p, const struct ir_instruction *i)
{
    if (i->a.reg) {
        ir_add(p, *i);
        return;
    }
    int64_t v = i->a.constant;
    ir_assign(p, i->to,
              ir_const(i->op == IR_NEG    ? ir_compute(IR_NEG, v, 0)
                       : i->op == IR_SWAP ? ir_swap(v, i->size)
                                          : ir_extend(v, i->size, i->is_signed)));
}

static void lower_one(struct ir_program *p, struct ir_instruction i)
{
    switch (i.op) {
    case IR_NEG:
    case IR_EXTEND:
    case IR_SWAP: lower_unary(p, &i); break;
    case IR_LOAD:
    case IR_STORE:
    case IR_ATOMIC_ADD: lower_memory(p, i); break;
    case IR_JUMP_IF: lower_jump_if(p, i); break;
    default:
        if (ir_is_binary(i.op))
            lower_binary(p, i);
        else
            ir_add(p, i);
        break;
    }
}

/* What is there at the start, the context or the arguments, gets one register of its own, filled before anything else. A register that
 * is nothing but a copy of it is replaced by it. */
struct entry {
    ir_reg registers[6];  /* the context, then the arguments */
    uint8_t *definitions; /* by register: how often it is assigned, up to 2 */
    ir_reg *same_as;      /* by register */
};

static bool is_entry(enum ir_op op)
{
    return op == IR_CONTEXT || op == IR_ARGUMENT;
}

static ir_reg *entry_register(struct entry *e, const struct ir_instruction *i)
{
    return &e->registers[i->op == IR_CONTEXT ? 0 : 1 + i->index % 5];
}

static void lower_entry(const struct ir_program *p, struct ir_program *out, struct entry *e)
{
    for (uint32_t i = 0; i < p->count; i++) {
        const struct ir_instruction *at = &p->list[i];
        if (at->to && e->definitions[at->to] < 2)
            e->definitions[at->to]++;
        if (is_entry(at->op))
            *entry_register(e, at) = 1;
    }
    for (uint32_t k = 0; k < 6; k++) {
        if (!e->registers[k])
            continue;
        e->registers[k] = ir_register(out);
        ir_add(out, (struct ir_instruction){.op = k ? IR_ARGUMENT : IR_CONTEXT, .index = k ? k - 1 : 0, .to = e->registers[k]});
    }
    for (uint32_t i = 0; i < p->count; i++)
        if (is_entry(p->list[i].op) && e->definitions[p->list[i].to] == 1)
            e->same_as[p->list[i].to] = *entry_register(e, &p->list[i]);
}

static void lower_all(const struct ir_program *p, struct ir_program *out, struct entry *e)
{
    out->at = p->count ? p->list[0].at : p->at;
    lower_entry(p, out, e);
    for (uint32_t i = 0; i < p->count && !out->out_of_memory; i++) {
        struct ir_instruction at = p->list[i];
        ir_reg *operands[IR_OPERANDS_MAX];
        for (unsigned n = ir_operands(&at, operands); n--;)
            if (e->same_as[*operands[n]])
                *operands[n] = e->same_as[*operands[n]];
        out->at = at.at;
        if (!is_entry(at.op))
            lower_one(out, at);
        else if (!e->same_as[at.to])
            ir_assign(out, at.to, ir_of(*entry_register(e, &at)));
    }
    if (!out->count || !ir_never_falls(out->list[out->count - 1].op))
        ir_return(out, ir_const(0));
}

int ir_lower(const struct ir_program *p, struct arena *arena, struct ir_program *out)
{
    struct ir_program reached = *p;
    reached.arena = arena;
    reached.list = arena_alloc(arena, (p->count + 1) * sizeof *reached.list);
    struct entry entry = {.definitions = arena_alloc(arena, p->n_registers),
                          .same_as = arena_alloc(arena, p->n_registers * sizeof *entry.same_as)};
    if (p->out_of_memory || !reached.list || !entry.definitions || !entry.same_as)
        return -ENOMEM;
    if (p->count)
        memcpy(reached.list, p->list, p->count * sizeof *reached.list);
    memset(entry.definitions, 0, p->n_registers);
    memset(entry.same_as, 0, p->n_registers * sizeof *entry.same_as);
    int e = blocks_drop_unreached(&reached);
    if (e)
        return e;
    *out = reached;
    out->list = NULL;
    out->count = out->capacity = 0;
    lower_all(&reached, out, &entry);
    return out->out_of_memory ? -ENOMEM : 0;
}
