/* What the probe hands over: arguments, results, names. */
#include "trace/builtins/entries.h"
#include "trace/probes/static_probe.h"

static const struct target *target_of(const struct instance *i)
{
    return i->targets[0];
}

static void check_args(struct checker *k, struct node *n)
{
    const struct target *t = target_of(k->instance);
    n->type = type_none(types_in(k));
    if (t->provider == PROVIDER_FEXIT && t->way != ATTACH_TRAMPOLINE)
        check_complain(k, n->place, "this kernel refuses fexit; kretprobe, which stands in for it, has only retval, and no args");
    else if (t->types.arguments && t->provider != PROVIDER_KPROBE && t->provider != PROVIDER_KRETPROBE)
        n->type = t->types.arguments;
    else
        check_complain(k, n->place, "%s probes have no args; arg0, arg1 … are the registers of a function's arguments",
                       provider_name(t->provider));
}

static struct value gen_args(struct generator *g, struct node *n)
{
    return (struct value){.type = n->type, .base = g->record ? g->record : g->context, .space = SPACE_BPF};
}

/* struct pt_regs of x86-64 (arch/x86/include/uapi/asm/ptrace.h): where the arguments of a function are. */
static const int32_t argument_registers[] = {112, 104, 96, 88, 72, 64};
enum { REGISTER_STACK = 152, REGISTER_RESULT = 80 };

static void check_static_argument(struct checker *k, struct node *n, const struct target *t)
{
    struct static_argument a;
    uint32_t i = (uint32_t)builtin_of(n)->detail;
    uint32_t count = static_argument_count(t->arguments);
    n->type = type_int(types_in(k), 8, false);
    if (static_argument_parse(t->arguments, i, &a))
        n->type = type_int(types_in(k), 8, a.is_signed);
    else if (i < count)
        check_complain(k, n->place, "%s of %s is where it cannot be read: \"%s\" are the places", n->name, t->name, t->arguments);
    else
        check_complain(k, n->place, "%s has %u argument%s, the first is arg0", t->name, count, count == 1 ? "" : "s");
}

/* A register, a place in memory or a constant, as the probe's note says. */
static struct value gen_static_argument(struct generator *g, const struct node *n, const struct target *t)
{
    struct static_argument a;
    if (!static_argument_parse(t->arguments, (uint32_t)builtin_of(n)->detail, &a) || a.place == STATIC_CONSTANT)
        return value_number(n->type, ir_const(a.constant));
    ir_reg r = ir_load(g->p, 8, false, g->context, a.base);
    const struct value_type *as = type_int(g->unit->types, a.size, a.is_signed);
    if (a.place == STATIC_REGISTER) {
        if (a.register_byte)
            r = ir_binary(g->p, IR_SHR, ir_of(r), ir_const(8));
        ir_reg cut = ir_register(g->p);
        ir_add(g->p, (struct ir_instruction){.op = IR_EXTEND, .to = cut, .a = ir_of(r), .size = a.size, .is_signed = a.is_signed});
        return value_number(n->type, ir_of(a.size == 8 ? r : cut));
    }
    if (a.index >= 0) {
        ir_reg index = ir_load(g->p, 8, false, g->context, a.index);
        r = ir_binary(g->p, IR_ADD, ir_of(r), ir_of(ir_binary(g->p, IR_MUL, ir_of(index), ir_const(a.scale))));
    }
    r = ir_binary(g->p, IR_ADD, ir_of(r), ir_const(a.constant));
    return value_number(n->type, gen_load(g, as, r, 0, SPACE_USER).scalar);
}

static void check_argument(struct checker *k, struct node *n)
{
    const struct target *t = target_of(k->instance);
    if (t->provider == PROVIDER_USDT) {
        check_static_argument(k, n, t);
        return;
    }
    check_is_u64(k, n);
    switch (t->provider) {
    case PROVIDER_KPROBE:
    case PROVIDER_UPROBE:
    case PROVIDER_RAWTRACEPOINT: break;
    case PROVIDER_FENTRY:
    case PROVIDER_FEXIT: check_complain(k, n->place, "arguments of %s probes have names: args.NAME", provider_name(t->provider)); break;
    default: check_complain(k, n->place, "%s probes have no %s", provider_name(t->provider), n->name); break;
    }
}

static struct value gen_argument(struct generator *g, struct node *n)
{
    int64_t i = builtin_of(n)->detail;
    const struct target *t = target_of(g->instance);
    if (t->provider == PROVIDER_USDT)
        return gen_static_argument(g, n, t);
    if (t->provider == PROVIDER_RAWTRACEPOINT || t->way == ATTACH_TRAMPOLINE)
        return gen_load(g, n->type, g->context, (int32_t)(8 * i), SPACE_BPF);
    if (i < (int64_t)(sizeof argument_registers / sizeof argument_registers[0]))
        return gen_load(g, n->type, g->context, argument_registers[i], SPACE_BPF);
    ir_reg stack = ir_load(g->p, 8, false, g->context, REGISTER_STACK);
    return gen_load(g, n->type, stack, (int32_t)(8 * (i - 5)), t->provider == PROVIDER_UPROBE ? SPACE_USER : SPACE_KERNEL);
}

static void check_retval(struct checker *k, struct node *n)
{
    const struct target *t = target_of(k->instance);
    check_is_s64(k, n);
    if (t->provider == PROVIDER_FEXIT && t->types.returns && type_is_scalar(t->types.returns))
        n->type = t->types.returns;
    else if (t->provider != PROVIDER_KRETPROBE && t->provider != PROVIDER_URETPROBE && t->provider != PROVIDER_FEXIT)
        check_complain(k, n->place, "%s probes have no retval: kretprobe, uretprobe and fexit do", provider_name(t->provider));
}

static struct value gen_retval(struct generator *g, struct node *n)
{
    const struct target *t = target_of(g->instance);
    if (t->way != ATTACH_TRAMPOLINE)
        return gen_load(g, n->type, g->context, REGISTER_RESULT, SPACE_BPF);
    uint32_t behind = t->types.arguments ? t->types.arguments->size : 0; /* structs of more than 8 bytes have two places */
    return gen_load(g, n->type, g->context, (int32_t)behind, SPACE_BPF);
}

static void check_ctx(struct checker *k, struct node *n)
{
    const struct target *t = target_of(k->instance);
    n->type = type_special(types_in(k), VALUE_CONTEXT, false, 0, 0, 0);
    if (t->provider == PROVIDER_ITER) /* read by the helper: its pointers may be NULL, which the verifier would want to see looked at */
        n->type = type_pointer(types_in(k), t->types.arguments, SPACE_KERNEL);
}

static struct value gen_ctx(struct generator *g, struct node *n)
{
    return value_number(n->type, ir_of(g->context));
}

/* The cookie of the attachment is the number of the target. */
static struct value gen_probe(struct generator *g, struct node *n)
{
    const struct target *t = target_of(g->instance);
    if (g->instance->n_targets == 1)
        return value_number(n->type, ir_const(t->index));
    if (g->target)
        return value_number(n->type, ir_of(g->target));
    struct ir_value a[] = {ir_of(g->context)};
    return value_number(n->type, ir_of(ir_call(g->p, BPF_FUNC_get_attach_cookie, a, 1)));
}

static void check_probe(struct checker *k, struct node *n)
{
    n->type = type_special(types_in(k), VALUE_PROBE_NAME, false, 0, 0, 0);
}

#define ARGUMENT(i)                                                                                                                        \
    {                                                                                                                                      \
        "arg" #i, .is_variable = true, .check = check_argument, .generate = gen_argument, .detail = (i)                                    \
    }

const struct builtin builtins_context[] = {
    {"args", .is_variable = true, .check = check_args, .generate = gen_args},
    ARGUMENT(0),
    ARGUMENT(1),
    ARGUMENT(2),
    ARGUMENT(3),
    ARGUMENT(4),
    ARGUMENT(5),
    ARGUMENT(6),
    ARGUMENT(7),
    ARGUMENT(8),
    ARGUMENT(9),
    {"retval", .is_variable = true, .check = check_retval, .generate = gen_retval},
    {"ctx", .is_variable = true, .check = check_ctx, .generate = gen_ctx},
    {"probe", .is_variable = true, .check = check_probe, .generate = gen_probe},
    {0},
};
