/* Strings and bytes. */
#include "trace/builtins/entries.h"

static void check_str(struct checker *k, struct node *n)
{
    const struct value_type *t = n->first->type;
    uint32_t size = k->unit->settings.max_strlen;
    int64_t wanted;
    if (n->first->next && constant_of(n->first->next, &wanted) && wanted >= 0 && wanted < size)
        size = (uint32_t)wanted + 1;
    if (t->kind == VALUE_STRING)
        size = t->size < size ? t->size : size;
    else if (!type_is_scalar(t) && t->kind != VALUE_ARRAY && (t->kind != VALUE_NONE || k->knows))
        check_complain(k, n->first->place, "str() wants a pointer or a string, not %s", type_words(types_in(k), t));
    if (n->first->next)
        check_number_argument(k, n, n->first->next);
    n->type = type_string(types_in(k), size ? size : 1);
}

/* Programs that run in a process's system call read its memory; the kernel's is told apart by the pointer's type, else by what the probe
 * is. */
static enum space space_of(const struct generator *g, const struct value_type *t)
{
    if (t->kind == VALUE_POINTER && t->space != SPACE_NONE)
        return t->space;
    enum provider p = g->instance->targets[0]->provider;
    return p == PROVIDER_UPROBE || p == PROVIDER_URETPROBE || p == PROVIDER_USDT || p == PROVIDER_TRACEPOINT ? SPACE_USER : SPACE_KERNEL;
}

static struct ir_value bytes_wanted(struct generator *g, struct node *n, uint32_t room)
{
    struct node *limit = n->first->next;
    int64_t constant;
    if (!limit || constant_of(limit, &constant))
        return ir_const(room);
    /* length + 1 for the NUL, at most the room. */
    ir_reg r = ir_binary(g->p, IR_ADD, gen_scalar(g, limit), ir_const(1));
    ir_label small = ir_new_label(g->p);
    ir_jump_if(g->p, IR_ULE, ir_of(r), ir_const(room), small);
    ir_assign(g->p, r, ir_const(room));
    ir_place_label(g->p, small);
    return ir_of(r);
}

static bool str_into(struct generator *g, struct node *n, const struct value_type *as, struct location to, bool padded)
{
    struct node *from = n->first;
    if (from->type->kind == VALUE_STRING)
        return false;
    uint32_t room = as->size < n->type->size ? as->size : n->type->size;
    if (padded || as->size > room)
        ir_zero(g->p, to.base, to.offset, padded ? as->size : 1);
    else
        ir_store(g->p, 1, to.base, to.offset, ir_const(0));
    struct value v = gen_expression(g, from);
    enum space space = type_is_scalar(v.type) ? space_of(g, v.type) : v.space;
    struct ir_value source = type_is_scalar(v.type) ? v.scalar : ir_of(gen_address(g, (struct location){v.base, v.offset}));
    struct ir_value a[] = {ir_of(gen_address(g, to)), bytes_wanted(g, n, room), source};
    ir_call(g->p, space == SPACE_USER ? BPF_FUNC_probe_read_user_str : BPF_FUNC_probe_read_kernel_str, a, 3);
    return true;
}

static struct value gen_str(struct generator *g, struct node *n)
{
    if (n->first->type->kind == VALUE_STRING) {
        struct value v = gen_expression(g, n->first);
        v.type = n->type;
        return v;
    }
    struct location to = gen_temporary(g, n->type->size);
    str_into(g, n, n->type, to, true);
    return (struct value){.type = n->type, .base = to.base, .offset = to.offset, .space = SPACE_BPF};
}

const struct builtin builtins_text[] = {
    {"str", 1, 2, .is_call = true, .check = check_str, .generate = gen_str, .generate_into = str_into},
    {0},
};
