/* Stacks and symbols of addresses, which user space names. */
#include "trace/builtins/entries.h"

#include <stddef.h>

/* --- stacks ---------------------------------------------------------------------------------------------------------------- */

/* kstack(mode, frames), in either order, each may be left out. */
static void check_stack(struct checker *k, struct node *n)
{
    int64_t mode = k->unit->settings.stack_mode;
    int64_t frames = STACK_FRAMES_MAX;
    bool good = true;
    for (const struct node *a = n->first; a; a = a->next) {
        if (a->type->kind == VALUE_STACK_MODE)
            good = (mode = check_mode_argument(k, n, a, STACK_BPFTRACE, STACK_BUILD_ID)) >= 0 && good;
        else if (!constant_of(a, &frames)) {
            check_complain(k, a->place, "%s() wants a mode and a constant number of frames: %s(perf, 5)", n->name, n->name);
            good = false;
        } else if (frames < 1 || frames > STACK_FRAMES_MAX) {
            check_complain(k, a->place, "%s() has 1 to %d frames, not %lld", n->name, STACK_FRAMES_MAX, (long long)frames);
            good = false;
        }
    }
    n->type = good ? type_special(types_in(k), (enum value_kind)builtin_of(n)->detail, false, mode, frames, 0) : type_none(types_in(k));
}

/* Stacks of fewer frames have maps of their own, so that equal ones are one stack. */
static uint32_t stack_map(struct generator *g, bool user, uint32_t frames)
{
    struct unit *u = g->unit;
    uint32_t i = 0;
    if (frames == STACK_FRAMES_MAX) {
        u->uses[user ? UNIT_USTACKS : UNIT_KSTACKS] = true;
        return user ? UNIT_USTACKS : UNIT_KSTACKS;
    }
    while (i < u->n_stack_maps && u->stack_maps[i] != frames)
        i++;
    if (i == u->n_stack_maps && i < UNIT_STACK_MAPS)
        u->stack_maps[u->n_stack_maps++] = (uint8_t)frames;
    return UNIT_MAPS + u->n_maps + (i < UNIT_STACK_MAPS ? i : 0);
}

static ir_reg process_here(struct generator *g)
{
    return ir_binary(g->p, IR_SHR, ir_of(call0(g, BPF_FUNC_get_current_pid_tgid)), ir_const(32));
}

static bool stack_into(struct generator *g, struct node *n, const struct value_type *as, struct location to, bool padded)
{
    (void)as;
    (void)padded;
    bool user = builtin_of(n)->detail == VALUE_USTACK;
    uint32_t frames = (uint32_t)n->type->parameters[1];
    uint32_t map = stack_map(g, user, frames);
    ir_reg stacks = ir_register(g->p);
    ir_add(g->p, (struct ir_instruction){.op = IR_MAP, .to = stacks, .index = map});
    struct ir_value a[] = {ir_of(g->context), ir_of(stacks), ir_const(user ? BPF_F_USER_STACK : 0)};
    ir_reg id = ir_call(g->p, BPF_FUNC_get_stackid, a, 3);
    ir_store(g->p, 4, to.base, to.offset, ir_of(id));
    ir_store(g->p, 4, to.base, to.offset + (int32_t)offsetof(struct value_stack, pid), user ? ir_of(process_here(g)) : ir_const(0));
    ir_store(g->p, 4, to.base, to.offset + (int32_t)offsetof(struct value_stack, probe), ir_const(0));
    ir_store(g->p, 4, to.base, to.offset + (int32_t)offsetof(struct value_stack, frames), ir_const(frames));
    return true;
}

static struct value gen_stack(struct generator *g, struct node *n)
{
    struct location to = gen_temporary(g, sizeof(struct value_stack));
    stack_into(g, n, n->type, to, true);
    return (struct value){.type = n->type, .base = to.base, .offset = to.offset, .space = SPACE_BPF};
}

/* --- ksym, usym ------------------------------------------------------------------------------------------------------------ */

static void check_ksym(struct checker *k, struct node *n)
{
    check_number_argument(k, n, n->first);
    n->type = type_special(types_in(k), VALUE_KSYM, false, 0, 0, 0);
}

static struct value gen_ksym(struct generator *g, struct node *n)
{
    return value_number(n->type, gen_scalar(g, n->first));
}

static void check_usym(struct checker *k, struct node *n)
{
    check_number_argument(k, n, n->first);
    n->type = type_special(types_in(k), VALUE_USYM, false, 0, 0, 0);
}

static bool usym_into(struct generator *g, struct node *n, const struct value_type *as, struct location to, bool padded)
{
    (void)as;
    (void)padded;
    struct ir_value address = gen_scalar(g, n->first);
    ir_store(g->p, 8, to.base, to.offset, address);
    ir_store(g->p, 4, to.base, to.offset + (int32_t)offsetof(struct value_usym, pid), ir_of(process_here(g)));
    ir_store(g->p, 4, to.base, to.offset + (int32_t)offsetof(struct value_usym, probe), ir_const(0));
    return true;
}

static struct value gen_usym(struct generator *g, struct node *n)
{
    struct location to = gen_temporary(g, sizeof(struct value_usym));
    usym_into(g, n, n->type, to, true);
    return (struct value){.type = n->type, .base = to.base, .offset = to.offset, .space = SPACE_BPF};
}

#define STACK(word, kind)                                                                                                                  \
    {                                                                                                                                      \
        word, 0, 2, .is_call = true, .is_variable = true, .check = check_stack, .generate = gen_stack, .generate_into = stack_into,        \
                    .detail = (kind)                                                                                                       \
    }

const struct builtin builtins_symbols[] = {
    STACK("kstack", VALUE_KSTACK),
    STACK("ustack", VALUE_USTACK),
    {"ksym", 1, 1, .is_call = true, .check = check_ksym, .generate = gen_ksym},
    {"usym", 1, 1, .is_call = true, .check = check_usym, .generate = gen_usym, .generate_into = usym_into},
    {0},
};
