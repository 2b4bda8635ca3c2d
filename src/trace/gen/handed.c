/* What the kernel hands over where a probe is seen by another way than its own.
 *
 * A tracepoint of system calls seen as the raw one has the registers and the number; the record that the tracepoint's format describes is
 * made of them, as far as the script reads it. */
#include "trace/check/check.h"
#include "trace/gen/inside.h"

#include <string.h>

/* struct pt_regs of x86-64 (arch/x86/include/uapi/asm/ptrace.h): the arguments of a system call are rdi, rsi, rdx, r10, r8, r9. */
static const int32_t argument_registers[] = {112, 104, 96, 56, 72, 64};
enum { REGISTER_NUMBER = 120, ARGUMENTS = 6, RECORD_NUMBER = 8, RECORD_REST = 16 };
/* struct thread_info, the first member of task_struct: unsigned long flags, syscall_work; u32 status (arch/x86/include/asm/thread_info.h).
 * Tracepoints of single calls do not see those of 32-bit programs, whose numbers are others. */
enum { STATUS_AT = 16, STATUS_COMPAT = 2, NUMBERS = 512 };

struct reading {
    uint32_t arguments; /* bits of those that the script reads */
    bool number, result;
};

static bool is_args(const struct node *n)
{
    return n && n->kind == NODE_NAME && !strcmp(n->name, "args");
}

static bool is_field(const struct node *n)
{
    return n && (n->kind == NODE_FIELD || n->kind == NODE_ARROW) && is_args(n->left) && n->meaning;
}

static void note_field(struct reading *r, const struct value_field *f, uint32_t first, uint32_t count)
{
    r->number |= f->offset == RECORD_NUMBER;
    r->result |= f->offset == RECORD_REST;
    for (uint32_t i = 0; f->offset >= RECORD_REST && i < count; i++)
        r->arguments |= 1U << ((f->offset - RECORD_REST) / 8 + first + i);
}

static void note_one(struct reading *r, const struct node *n)
{
    int64_t at;
    if (is_field(n)) {
        const struct value_field *f = n->meaning;
        note_field(r, f, 0, f->type->kind == VALUE_ARRAY ? f->type->count : 1);
    } else if (n->kind == NODE_INDEX && is_field(n->left) && constant_of(n->right, &at) && at >= 0 && at < ARGUMENTS)
        note_field(r, n->left->meaning, (uint32_t)at, 1);
    else if (is_args(n))
        *r = (struct reading){(1U << ARGUMENTS) - 1, true, true};
}

static void note(struct reading *r, const struct node *n)
{
    for (; n; n = n->next) {
        note_one(r, n);
        bool whole = is_field(n) || (n->kind == NODE_INDEX && is_field(n->left));
        int64_t at;
        if (whole && (n->kind != NODE_INDEX || constant_of(n->right, &at)))
            continue;
        note(r, n->kind == NODE_MAP ? n->key : NULL); /* the checker keeps another thing in a call's */
        note(r, n->condition);
        note(r, n->left);
        note(r, n->right);
        note(r, n->body);
        note(r, n->first);
    }
}

/* --- which system call ------------------------------------------------------------------------------------------------------ */

static void refuse_compat(struct generator *g)
{
    ir_reg task = ir_call(g->p, BPF_FUNC_get_current_task, NULL, 0);
    struct value status = gen_load(g, type_int(types_of(g), 4, false), task, STATUS_AT, SPACE_KERNEL);
    ir_jump_if(g->p, IR_SET, status.scalar, ir_const(STATUS_COMPAT), g->end);
}

static void look_up_number(struct generator *g, ir_reg number)
{
    struct unit *u = g->unit;
    u->uses[UNIT_NUMBERS] = true;
    g->instance->numbers = u->numbers;
    u->numbers += NUMBERS;
    ir_jump_if(g->p, IR_UGE, ir_of(number), ir_const(NUMBERS), g->end);
    struct location key = gen_temporary(g, 8);
    ir_store(g->p, 4, key.base, key.offset, ir_of(ir_binary(g->p, IR_ADD, ir_of(number), ir_const(g->instance->numbers))));
    ir_reg map = ir_register(g->p);
    ir_add(g->p, (struct ir_instruction){.op = IR_MAP, .to = map, .index = UNIT_NUMBERS});
    struct ir_value a[] = {ir_of(map), ir_of(gen_address(g, key))};
    ir_reg cell = ir_call(g->p, BPF_FUNC_map_lookup_elem, a, 2);
    ir_jump_if(g->p, IR_EQ, ir_of(cell), ir_const(0), g->end);
    ir_reg one_more = ir_load(g->p, 4, false, cell, 0);
    ir_jump_if(g->p, IR_EQ, ir_of(one_more), ir_const(0), g->end);
    g->target = ir_binary(g->p, IR_SUB, ir_of(one_more), ir_const(1));
}

/* Ends the program when the system call is none of the targets'. */
static void filter(struct generator *g, ir_reg number)
{
    const struct instance *i = g->instance;
    if (i->n_targets == 1)
        ir_jump_if(g->p, IR_NE, ir_of(number), ir_const(i->targets[0]->syscall - 1), g->end);
    else
        look_up_number(g, number);
    refuse_compat(g);
}

/* --- the record ------------------------------------------------------------------------------------------------------------- */

static void make_record(struct generator *g, const struct reading *r, bool enter, ir_reg registers, ir_reg number)
{
    ir_slot slot = ir_new_slot(g->p, RECORD_REST + 8 * (enter ? ARGUMENTS : 1));
    g->record = ir_register(g->p);
    ir_add(g->p, (struct ir_instruction){.op = IR_SLOT, .to = g->record, .slot = slot});
    if (r->number)
        ir_store(g->p, 8, g->record, RECORD_NUMBER, ir_of(number));
    if (!enter && r->result)
        ir_store(g->p, 8, g->record, RECORD_REST, ir_of(ir_load(g->p, 8, false, g->context, 8)));
    for (uint32_t i = 0; enter && i < ARGUMENTS; i++)
        if (r->arguments & 1U << i)
            gen_fetch(g, (struct location){g->record, (int32_t)(RECORD_REST + 8 * i)}, registers, argument_registers[i], 8, SPACE_KERNEL);
}

static void handed_syscall(struct generator *g, const struct target *t)
{
    struct reading r = {0};
    bool enter = !strcmp(t->raw, "sys_enter");
    note(&r, g->instance->predicate);
    note(&r, g->instance->body);
    ir_reg registers = ir_load(g->p, 8, false, g->context, 0);
    ir_reg number = 0;
    if (enter)
        number = ir_load(g->p, 8, false, g->context, 8);
    else if (t->syscall || r.number) {
        struct location l = gen_temporary(g, 8);
        gen_fetch(g, l, registers, REGISTER_NUMBER, 8, SPACE_KERNEL);
        number = ir_load(g->p, 8, false, l.base, l.offset);
    }
    if (t->syscall)
        filter(g, number);
    if (r.number || r.result || r.arguments)
        make_record(g, &r, enter, registers, number);
}

/* fentry by a kprobe: arguments come in registers (System V ABI). */
static void handed_function(struct generator *g, const struct target *t)
{
    static const int32_t registers[] = {112, 104, 96, 88, 72, 64}; /* rdi, rsi, rdx, rcx, r8, r9 */
    uint32_t n = t->types.arguments->n_fields;
    ir_slot slot = ir_new_slot(g->p, 8 * ARGUMENTS);
    g->record = ir_register(g->p);
    ir_add(g->p, (struct ir_instruction){.op = IR_SLOT, .to = g->record, .slot = slot});
    for (uint32_t i = 0; i < n && i < ARGUMENTS; i++)
        ir_store(g->p, 8, g->record, (int32_t)(8 * i), ir_of(ir_load(g->p, 8, false, g->context, registers[i])));
}

/* After the last object an iterator's program runs once more, without one. */
static void handed_object(struct generator *g, const struct target *t)
{
    const struct value_type *context = t->types.arguments;
    for (uint32_t i = 0; i < context->n_fields; i++) {
        const struct value_field *f = &context->fields[i];
        if (f->type->kind != VALUE_POINTER || !strcmp(f->name, "meta"))
            continue;
        struct value v = gen_load(g, f->type, g->context, (int32_t)f->offset, SPACE_KERNEL);
        ir_jump_if(g->p, IR_EQ, v.scalar, ir_const(0), g->end);
    }
}

void gen_handed(struct generator *g)
{
    const struct target *t = g->instance->targets[0];
    if (t->provider == PROVIDER_TRACEPOINT && t->raw && (t->syscall || !strcmp(t->group, "raw_syscalls")))
        handed_syscall(g, t);
    if (t->way == ATTACH_ITER)
        handed_object(g, t);
    if (t->provider == PROVIDER_FENTRY && t->way == ATTACH_KPROBE && t->types.arguments)
        handed_function(g, t);
}
