/* Strings and bytes from memory: str(), buf(), and what other functions on strings stand on. */
#include "trace/builtins/entries.h"

/* --- memory that an expression stands for ---------------------------------------------------------------------------------- */

/* What a number points to is told at run time: the kernel's addresses are negative. */
enum space space_of_pointer(const struct generator *g, const struct value_type *t)
{
    if (t->kind == VALUE_POINTER && t->space != SPACE_NONE)
        return t->space;
    enum provider p = provider_here(g->instance);
    return p == PROVIDER_UPROBE || p == PROVIDER_URETPROBE || p == PROVIDER_USDT ? SPACE_USER : SPACE_NONE;
}

ir_reg memory_of(struct generator *g, struct node *n, enum space *space)
{
    struct value v = gen_expression(g, n);
    if (type_is_scalar(v.type)) {
        *space = space_of_pointer(g, v.type);
        return in_a_register(g, v.scalar);
    }
    /* The context is read by the helper: its members may lie askew. */
    *space = v.space == SPACE_NONE || v.base == g->context ? SPACE_KERNEL : v.space;
    return gen_address(g, (struct location){v.base, v.offset + (v.type->kind == VALUE_BUFFER ? 4 : 0)});
}

/* probe_read_* of either memory: to, bytes, from. */
static void read_memory(struct generator *g, const struct ir_value *a, enum space space, bool string)
{
    uint32_t kernel = string ? BPF_FUNC_probe_read_kernel_str : BPF_FUNC_probe_read_kernel;
    uint32_t user = string ? BPF_FUNC_probe_read_user_str : BPF_FUNC_probe_read_user;
    if (space != SPACE_NONE) {
        ir_call(g->p, space == SPACE_USER ? user : kernel, a, 3);
        return;
    }
    ir_label of_kernel = ir_new_label(g->p);
    ir_label done = ir_new_label(g->p);
    ir_jump_if(g->p, IR_SLT, a[2], ir_const(0), of_kernel);
    ir_call(g->p, user, a, 3);
    ir_jump(g->p, done);
    ir_place_label(g->p, of_kernel);
    ir_call(g->p, kernel, a, 3);
    ir_place_label(g->p, done);
}

static bool is_bytes(const struct value_type *t)
{
    return t->kind == VALUE_ARRAY && t->of->size == 1;
}

bool check_string_argument(struct checker *k, const struct node *n, const struct node *a)
{
    const struct value_type *t = a->type;
    if (t->kind == VALUE_STRING || t->kind == VALUE_POINTER || t->kind == VALUE_INT || is_bytes(t))
        return true;
    if (t->kind != VALUE_NONE || k->knows)
        check_complain(k, a->place, "%s() wants a string, not %s", n->name, type_words(types_in(k), t));
    return false;
}

uint32_t string_room(struct checker *k, const struct node *n)
{
    return n->type->kind == VALUE_STRING || is_bytes(n->type) ? n->type->size : k->unit->settings.max_strlen;
}

struct value string_of(struct generator *g, struct node *n, uint32_t most)
{
    if (n->type->kind == VALUE_STRING || is_bytes(n->type)) {
        struct value v = gen_direct(g, gen_expression(g, n), false);
        v.type = type_string(types_in_code(g), v.type->size);
        return v;
    }
    uint32_t limit = g->unit->settings.max_strlen;
    uint32_t room = most < limit ? most : limit;
    struct location to = gen_temporary(g, room);
    enum space space;
    ir_reg from = memory_of(g, n, &space);
    ir_store(g->p, 1, to.base, to.offset, ir_const(0));
    struct ir_value a[] = {ir_of(gen_address(g, to)), ir_const(room), ir_of(from)};
    read_memory(g, a, space, true);
    return (struct value){.type = type_string(types_in_code(g), room), .base = to.base, .offset = to.offset, .space = SPACE_BPF};
}

/* --- str ------------------------------------------------------------------------------------------------------------------- */

static void check_str(struct checker *k, struct node *n)
{
    const struct value_type *t = n->first->type;
    uint32_t size = k->unit->settings.max_strlen;
    int64_t wanted;
    if (n->first->next && constant_of(n->first->next, &wanted) && wanted >= 0 && wanted < size)
        size = (uint32_t)wanted + 1;
    if (t->kind == VALUE_STRING || is_bytes(t))
        size = t->size < size ? t->size : size;
    check_string_argument(k, n, n->first);
    if (n->first->next)
        check_number_argument(k, n, n->first->next);
    n->type = type_string(types_in(k), size ? size : 1);
}

/* The number of bytes asked for, plus what stands behind them, but at most the room. */
static struct ir_value bytes_wanted(struct generator *g, struct node *limit, uint32_t room, int64_t behind)
{
    int64_t constant;
    if (!limit || constant_of(limit, &constant))
        return ir_const(room);
    ir_reg r = ir_binary(g->p, IR_ADD, gen_scalar(g, limit), ir_const(behind));
    ir_label small = ir_new_label(g->p);
    ir_jump_if(g->p, IR_ULE, ir_of(r), ir_const(room), small);
    ir_assign(g->p, r, ir_const(room));
    ir_place_label(g->p, small);
    return ir_of(r);
}

static bool str_into(struct generator *g, struct node *n, const struct value_type *as, struct location to, bool padded)
{
    struct node *from = n->first;
    uint32_t room = as->size < n->type->size ? as->size : n->type->size;
    if (from->type->kind == VALUE_STRING && from->type->size <= room && !from->next)
        return false; /* it is one already */
    struct ir_value bytes = bytes_wanted(g, from->next, room, 1);
    enum space space;
    ir_reg source = memory_of(g, from, &space);
    ir_zero(g->p, to.base, to.offset, padded ? as->size : 1);
    struct ir_value a[] = {ir_of(gen_address(g, to)), bytes, ir_of(source)};
    read_memory(g, a, space == SPACE_BPF ? SPACE_KERNEL : space, true);
    return true;
}

static struct value gen_str(struct generator *g, struct node *n)
{
    if (n->first->type->kind == VALUE_STRING && !n->first->next)
        return gen_expression(g, n->first);
    struct location to = gen_temporary(g, n->type->size);
    str_into(g, n, n->type, to, true);
    return (struct value){.type = n->type, .base = to.base, .offset = to.offset, .space = SPACE_BPF};
}

/* --- buf ------------------------------------------------------------------------------------------------------------------- */

static void check_buf(struct checker *k, struct node *n)
{
    const struct value_type *t = n->first->type;
    uint32_t most = k->unit->settings.max_strlen;
    bool memory = t->kind == VALUE_ARRAY || t->kind == VALUE_STRUCT || t->kind == VALUE_STRING || t->kind == VALUE_BUFFER;
    uint32_t size = memory && t->size ? t->size : most;
    int64_t wanted;
    struct node *length = n->first->next;
    if (!memory && !type_is_scalar(t) && (t->kind != VALUE_NONE || k->knows))
        check_complain(k, n->first->place, "buf() wants a pointer or an array, not %s", type_words(types_in(k), t));
    if (!memory && !length)
        check_complain(k, n->place, "buf() of a pointer wants a length: buf(pointer, 16)");
    if (length && check_number_argument(k, n, length) && constant_of(length, &wanted)) {
        if (wanted < 0)
            check_complain(k, length->place, "buf() wants a length that is not negative");
        else
            size = wanted < most ? (uint32_t)wanted : most;
    }
    n->type = type_buffer(types_in(k), size);
}

static bool buf_into(struct generator *g, struct node *n, const struct value_type *as, struct location to, bool padded)
{
    uint32_t room = (as->size < n->type->size ? as->size : n->type->size) - 4;
    struct ir_value bytes = bytes_wanted(g, n->first->next, room, 0);
    enum space space;
    ir_reg source = memory_of(g, n->first, &space);
    if (padded)
        ir_zero(g->p, to.base, to.offset, as->size);
    ir_store(g->p, 4, to.base, to.offset, bytes);
    if (room) {
        struct ir_value a[] = {ir_of(gen_address(g, (struct location){to.base, to.offset + 4})), bytes, ir_of(source)};
        read_memory(g, a, space == SPACE_BPF ? SPACE_KERNEL : space, false);
    }
    return true;
}

static struct value gen_buf(struct generator *g, struct node *n)
{
    struct location to = gen_temporary(g, n->type->size);
    buf_into(g, n, n->type, to, true);
    return (struct value){.type = n->type, .base = to.base, .offset = to.offset, .space = SPACE_BPF};
}

/* For macros: what cannot be read as a string is an error. */
static void check_assert_str(struct checker *k, struct node *n)
{
    check_string_argument(k, n, n->first);
    n->type = type_none(types_in(k));
}

static struct value gen_assert_str(struct generator *g, struct node *n)
{
    (void)n;
    return gen_none(g);
}

const struct builtin builtins_text[] = {
    {"assert_str", 1, 1, .is_call = true, .check = check_assert_str, .generate = gen_assert_str},
    {"str", 1, 2, .is_call = true, .check = check_str, .generate = gen_str, .generate_into = str_into},
    {"buf", 1, 2, .is_call = true, .check = check_buf, .generate = gen_buf, .generate_into = buf_into},
    {0},
};
