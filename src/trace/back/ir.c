/* The builder of the intermediate form. */
#include "trace/back/ir.h"

#include "base/arena.h"

#include <string.h>

enum { FIRST_CAPACITY = 64 };

void ir_init(struct ir_program *p, struct arena *arena, const char *name)
{
    *p = (struct ir_program){.arena = arena, .name = name, .n_registers = 1, .n_labels = 1};
}

ir_reg ir_register(struct ir_program *p)
{
    return p->n_registers++;
}

ir_label ir_new_label(struct ir_program *p)
{
    return p->n_labels++;
}

/* A copy of an array with at least twice the room; NULL and p->out_of_memory when there is none. */
static void *grown(struct ir_program *p, const void *old, uint32_t *capacity, size_t item)
{
    uint32_t wanted = *capacity ? *capacity * 2 : FIRST_CAPACITY;
    void *array = arena_alloc(p->arena, wanted * item);
    if (!array) {
        p->out_of_memory = true;
        return NULL;
    }
    if (*capacity)
        memcpy(array, old, *capacity * item);
    *capacity = wanted;
    return array;
}

ir_slot ir_new_slot(struct ir_program *p, uint32_t bytes)
{
    if (p->n_slots == p->slot_capacity) {
        uint32_t *sizes = grown(p, p->slot_sizes, &p->slot_capacity, sizeof *sizes);
        if (!sizes)
            return 0;
        p->slot_sizes = sizes;
    }
    p->slot_sizes[p->n_slots] = bytes;
    return p->n_slots++;
}

struct ir_instruction *ir_add(struct ir_program *p, struct ir_instruction instruction)
{
    if (p->count == p->capacity) {
        struct ir_instruction *list = grown(p, p->list, &p->capacity, sizeof *list);
        if (!list)
            return NULL;
        p->list = list;
    }
    instruction.at = p->at;
    p->list[p->count] = instruction;
    return &p->list[p->count++];
}

ir_reg ir_move(struct ir_program *p, struct ir_value a)
{
    ir_reg to = ir_register(p);
    ir_assign(p, to, a);
    return to;
}

void ir_assign(struct ir_program *p, ir_reg to, struct ir_value a)
{
    ir_add(p, (struct ir_instruction){.op = IR_MOVE, .to = to, .a = a});
}

ir_reg ir_binary(struct ir_program *p, enum ir_op op, struct ir_value a, struct ir_value b)
{
    ir_reg to = ir_register(p);
    ir_add(p, (struct ir_instruction){.op = op, .to = to, .a = a, .b = b});
    return to;
}

ir_reg ir_load(struct ir_program *p, uint8_t size, bool is_signed, ir_reg base, int32_t offset)
{
    ir_reg to = ir_register(p);
    ir_add(p, (struct ir_instruction){.op = IR_LOAD, .size = size, .is_signed = is_signed, .to = to, .a = ir_of(base), .offset = offset});
    return to;
}

void ir_store(struct ir_program *p, uint8_t size, ir_reg base, int32_t offset, struct ir_value v)
{
    ir_add(p, (struct ir_instruction){.op = IR_STORE, .size = size, .a = ir_of(base), .b = v, .offset = offset});
}

ir_reg ir_call(struct ir_program *p, uint32_t helper, const struct ir_value *arguments, uint8_t n)
{
    struct ir_instruction call = {.op = IR_CALL, .index = helper, .n_arguments = n};
    for (uint8_t i = 0; i < n; i++)
        call.arguments[i] = arguments[i].reg ? arguments[i].reg : ir_move(p, arguments[i]);
    call.to = ir_register(p);
    ir_add(p, call);
    return call.to;
}

void ir_jump(struct ir_program *p, ir_label label)
{
    ir_add(p, (struct ir_instruction){.op = IR_JUMP, .label = label});
}

void ir_jump_if(struct ir_program *p, enum ir_condition c, struct ir_value a, struct ir_value b, ir_label label)
{
    ir_add(p, (struct ir_instruction){.op = IR_JUMP_IF, .condition = c, .a = a, .b = b, .label = label});
}

void ir_place_label(struct ir_program *p, ir_label label)
{
    ir_add(p, (struct ir_instruction){.op = IR_LABEL, .label = label});
}

void ir_return(struct ir_program *p, struct ir_value v)
{
    ir_add(p, (struct ir_instruction){.op = IR_RETURN, .a = v});
}

/* The widest access for n bytes at offsets whose bits are or-ed into `offsets`: the verifier wants the frame's accesses aligned. */
static uint8_t widest(uint32_t n, int32_t offsets)
{
    uint8_t size = 8;
    while (size > n || offsets & (size - 1))
        size /= 2;
    return size;
}

void ir_zero(struct ir_program *p, ir_reg base, int32_t offset, uint32_t n)
{
    while (n) {
        uint8_t size = widest(n, offset);
        ir_store(p, size, base, offset, ir_const(0));
        offset += size;
        n -= size;
    }
}

void ir_copy(struct ir_program *p, ir_reg to, int32_t to_offset, ir_reg from, int32_t from_offset, uint32_t n)
{
    while (n) {
        uint8_t size = widest(n, to_offset | from_offset);
        ir_store(p, size, to, to_offset, ir_of(ir_load(p, size, false, from, from_offset)));
        to_offset += size;
        from_offset += size;
        n -= size;
    }
}
