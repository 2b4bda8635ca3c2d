/* What is read from a task of the kernel: its parent, its leader. */
#include "trace/builtins/entries.h"

enum { COMM_BYTES = 16 };

static const struct value_type *task_type(struct types *t)
{
    const struct value_type *task = types_find(t, "struct task_struct");
    return task ? types_complete(t, task) : NULL;
}

/* The task's fields on the way to what is wanted. */
struct way {
    const char *through, *field;
};
enum { WAY_PPID, WAY_PCOMM, WAY_LEADER_TID, WAY_LEADER_COMM };
static const struct way ways[] = {
    [WAY_PPID] = {"real_parent", "tgid"},
    [WAY_PCOMM] = {"group_leader", "comm"},
    [WAY_LEADER_TID] = {"group_leader", "pid"},
    [WAY_LEADER_COMM] = {"group_leader", "comm"},
};

static bool has_fields(struct checker *k, const struct node *n)
{
    const struct way *w = &ways[builtin_of(n)->detail];
    const struct value_type *task = task_type(types_in(k));
    if (task && type_field(types_in(k), task, w->through) && type_field(types_in(k), task, w->field))
        return true;
    check_complain(k, n->place, "%s needs struct task_struct's %s and %s, which this kernel's BTF does not have", n->name, w->through,
                   w->field);
    return false;
}

static void check_task_argument(struct checker *k, const struct node *n)
{
    const struct node *a = n->first;
    if (a && a->type->kind != VALUE_POINTER && (a->type->kind != VALUE_NONE || k->knows))
        check_complain(k, a->place, "%s() wants a pointer to struct task_struct, not %s", n->name, type_words(types_in(k), a->type));
}

static void check_number_of_task(struct checker *k, struct node *n)
{
    check_task_argument(k, n);
    n->type = has_fields(k, n) ? type_int(types_in(k), 4, false) : type_none(types_in(k));
}

static void check_name_of_task(struct checker *k, struct node *n)
{
    check_task_argument(k, n);
    n->type = has_fields(k, n) ? type_string(types_in(k), COMM_BYTES) : type_none(types_in(k));
}

static ir_reg task_through(struct generator *g, struct node *n)
{
    struct types *t = types_in_code(g);
    const struct value_field *f = type_field(t, task_type(t), ways[builtin_of(n)->detail].through);
    ir_reg task = n->first ? in_a_register(g, gen_scalar(g, n->first)) : call0(g, BPF_FUNC_get_current_task);
    return gen_load(g, type_int(t, 8, false), task, (int32_t)f->offset, SPACE_KERNEL).scalar.reg;
}

static int32_t last_offset(struct generator *g, const struct node *n)
{
    struct types *t = types_in_code(g);
    return (int32_t)type_field(t, task_type(t), ways[builtin_of(n)->detail].field)->offset;
}

static struct value gen_number_of_task(struct generator *g, struct node *n)
{
    return gen_load(g, n->type, task_through(g, n), last_offset(g, n), SPACE_KERNEL);
}

static struct value gen_name_of_task(struct generator *g, struct node *n)
{
    return (struct value){.type = n->type, .base = task_through(g, n), .offset = last_offset(g, n), .space = SPACE_KERNEL};
}

static void check_curtask(struct checker *k, struct node *n)
{
    const struct value_type *task = types_find(types_in(k), "struct task_struct");
    n->type = task ? type_pointer(types_in(k), task, SPACE_KERNEL) : type_int(types_in(k), 8, false);
}

static struct value gen_curtask(struct generator *g, struct node *n)
{
    return value_number(n->type, ir_of(call0(g, BPF_FUNC_get_current_task)));
}

#define BOTH .is_call = true, .is_variable = true

const struct builtin builtins_task[] = {
    {"curtask", 0, 0, BOTH, .check = check_curtask, .generate = gen_curtask},
    {"ppid", 0, 1, BOTH, .check = check_number_of_task, .generate = gen_number_of_task, .detail = WAY_PPID},
    {"pcomm", 0, 1, BOTH, .check = check_name_of_task, .generate = gen_name_of_task, .detail = WAY_PCOMM},
    {"leader_tid", 0, 1, BOTH, .check = check_number_of_task, .generate = gen_number_of_task, .detail = WAY_LEADER_TID},
    {"leader_comm", 0, 1, BOTH, .check = check_name_of_task, .generate = gen_name_of_task, .detail = WAY_LEADER_COMM},
    {0},
};
