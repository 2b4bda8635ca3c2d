/* The words that stand as arguments: kstack(perf), nsecs(tai), pid(init). */
#include "trace/builtins/entries.h"

static void check_mode(struct checker *k, struct node *n)
{
    n->type = type_special(types_in(k), VALUE_STACK_MODE, false, builtin_of(n)->detail, 0, 0);
}

static struct value gen_mode(struct generator *g, struct node *n)
{
    (void)g;
    return value_number(n->type, ir_const(builtin_of(n)->detail));
}

int64_t check_mode_argument(struct checker *k, const struct node *n, const struct node *a, int64_t least, int64_t most)
{
    if (a->type->kind == VALUE_STACK_MODE && a->type->parameters[0] >= least && a->type->parameters[0] <= most)
        return a->type->parameters[0];
    check_complain(k, a->place, "%s() knows no %s", n->name, a->name && a->kind == NODE_NAME ? a->name : "such mode");
    const char *words = least == MODE_MONOTONIC           ? "monotonic, boot, tai and sw_tai"
                        : least == MODE_CURRENT_NAMESPACE ? "curr_ns and init"
                                                          : "bpftrace, perf, raw and build_id";
    check_hint(k, "its modes are %s", words);
    return -1;
}

#define MODE(word, value)                                                                                                                  \
    {                                                                                                                                      \
        word, .is_variable = true, .check = check_mode, .generate = gen_mode, .detail = (value)                                            \
    }

const struct builtin builtins_modes[] = {
    MODE("bpftrace", STACK_BPFTRACE),
    MODE("perf", STACK_PERF),
    MODE("raw", STACK_RAW),
    MODE("build_id", STACK_BUILD_ID),
    MODE("monotonic", MODE_MONOTONIC),
    MODE("boot", MODE_BOOT),
    MODE("tai", MODE_TAI),
    MODE("sw_tai", MODE_SW_TAI),
    MODE("curr_ns", MODE_CURRENT_NAMESPACE),
    MODE("init", MODE_INITIAL_NAMESPACE),
    {0},
};
