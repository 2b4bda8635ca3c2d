/* What the probe hands over: arguments, results, names. */
#include "trace/builtins/entries.h"

static const struct target *target_of(const struct instance *i)
{
    return i->targets[0];
}

static void check_args(struct checker *k, struct node *n)
{
    const struct target *t = target_of(k->instance);
    n->type = type_none(types_in(k));
    if (t->types.arguments)
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

static void check_argument(struct checker *k, struct node *n)
{
    const struct target *t = target_of(k->instance);
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
    if (t->provider == PROVIDER_RAWTRACEPOINT)
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
    if (t->provider != PROVIDER_FEXIT)
        return gen_load(g, n->type, g->context, REGISTER_RESULT, SPACE_BPF);
    uint32_t behind = t->types.arguments ? t->types.arguments->size : 0; /* structs of more than 8 bytes have two places */
    return gen_load(g, n->type, g->context, (int32_t)behind, SPACE_BPF);
}

static void check_ctx(struct checker *k, struct node *n)
{
    n->type = type_special(types_in(k), VALUE_CONTEXT, false, 0, 0, 0);
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
        "arg" #i, .is_variable = true, .check = check_argument, .generate = gen_argument, .detail = i                                      \
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
