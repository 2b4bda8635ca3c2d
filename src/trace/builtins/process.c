/* Who: the thread that the program runs in. */
#include "trace/builtins/entries.h"

enum { COMM_BYTES = 16 };

static struct value half(struct generator *g, const struct node *n, uint32_t helper, bool high)
{
    ir_reg both = call0(g, helper);
    ir_reg r = ir_register(g->p);
    if (high)
        r = ir_binary(g->p, IR_SHR, ir_of(both), ir_const(32));
    else
        ir_add(g->p, (struct ir_instruction){.op = IR_EXTEND, .to = r, .a = ir_of(both), .size = 4});
    return value_number(n->type, ir_of(r));
}

static struct value gen_pid(struct generator *g, struct node *n)
{
    return half(g, n, BPF_FUNC_get_current_pid_tgid, true);
}

static struct value gen_tid(struct generator *g, struct node *n)
{
    return half(g, n, BPF_FUNC_get_current_pid_tgid, false);
}

static struct value gen_uid(struct generator *g, struct node *n)
{
    return half(g, n, BPF_FUNC_get_current_uid_gid, false);
}

static struct value gen_gid(struct generator *g, struct node *n)
{
    return half(g, n, BPF_FUNC_get_current_uid_gid, true);
}

static struct value gen_helper(struct generator *g, struct node *n) /* without arguments: detail is the helper */
{
    return value_number(n->type, ir_of(call0(g, (uint32_t)builtin_of(n)->detail)));
}

static void check_u32(struct checker *k, struct node *n)
{
    n->type = type_int(types_in(k), 4, false);
}

static void check_username(struct checker *k, struct node *n)
{
    n->type = type_special(types_in(k), VALUE_USERNAME, false, 0, 0, 0);
}

static void check_comm(struct checker *k, struct node *n)
{
    n->type = type_string(types_in(k), COMM_BYTES);
}

/* The helper fills what is behind the NUL with zeros. */
static bool comm_into(struct generator *g, struct node *n, const struct value_type *as, struct location to, bool padded)
{
    (void)n;
    if (as->size < COMM_BYTES)
        return false;
    struct ir_value a[] = {ir_of(gen_address(g, to)), ir_const(COMM_BYTES)};
    ir_call(g->p, BPF_FUNC_get_current_comm, a, 2);
    if (padded && as->size > COMM_BYTES)
        ir_zero(g->p, to.base, to.offset + COMM_BYTES, as->size - COMM_BYTES);
    return true;
}

static struct value gen_comm(struct generator *g, struct node *n)
{
    struct location to = gen_temporary(g, COMM_BYTES);
    comm_into(g, n, n->type, to, true);
    return (struct value){.type = n->type, .base = to.base, .offset = to.offset, .space = SPACE_BPF};
}

static void check_curtask(struct checker *k, struct node *n)
{
    const struct value_type *task = types_find(types_in(k), "struct task_struct");
    n->type = task ? type_pointer(types_in(k), task, SPACE_KERNEL) : type_int(types_in(k), 8, false);
}

const struct builtin builtins_process[] = {
    {"pid", .is_variable = true, .check = check_u32, .generate = gen_pid},
    {"tid", .is_variable = true, .check = check_u32, .generate = gen_tid},
    {"uid", .is_variable = true, .check = check_u32, .generate = gen_uid},
    {"gid", .is_variable = true, .check = check_u32, .generate = gen_gid},
    {"username", .is_variable = true, .check = check_username, .generate = gen_uid},
    {"comm", .is_variable = true, .check = check_comm, .generate = gen_comm, .generate_into = comm_into},
    {"cpu", .is_variable = true, .check = check_u32, .generate = gen_helper, .detail = BPF_FUNC_get_smp_processor_id},
    {"numaid", .is_variable = true, .check = check_u32, .generate = gen_helper, .detail = BPF_FUNC_get_numa_node_id},
    {"cgroup", .is_variable = true, .check = check_is_u64, .generate = gen_helper, .detail = BPF_FUNC_get_current_cgroup_id},
    {"curtask", .is_variable = true, .check = check_curtask, .generate = gen_helper, .detail = BPF_FUNC_get_current_task},
    {"rand", .is_variable = true, .check = check_u32, .generate = gen_helper, .detail = BPF_FUNC_get_prandom_u32},
    {0},
};
