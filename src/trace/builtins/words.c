/* Numbers that user space has words for when it prints them. */
#include "trace/builtins/entries.h"

#include <stddef.h>

static void check_word(struct checker *k, struct node *n)
{
    check_number_argument(k, n, n->first);
    n->type = type_special(types_in(k), (enum value_kind)builtin_of(n)->detail, false, 0, 0, 0);
}

static struct value gen_word(struct generator *g, struct node *n)
{
    return value_number(n->type, gen_scalar(g, n->first));
}

/* cgroup_path(id, "glob of hierarchies") */
static void check_cgroup_path(struct checker *k, struct node *n)
{
    check_number_argument(k, n, n->first);
    if (n->first->next)
        check_literal_argument(k, n, n->first->next);
    n->type = type_special(types_in(k), VALUE_CGROUP_PATH, false, 0, 0, 0);
}

static bool cgroup_path_into(struct generator *g, struct node *n, const struct value_type *as, struct location to, bool padded)
{
    (void)as;
    (void)padded;
    const struct node *glob = n->first->next;
    struct ir_value id = gen_scalar(g, n->first);
    ir_store(g->p, 8, to.base, to.offset, id);
    ir_store(g->p, 8, to.base, to.offset + (int32_t)offsetof(struct value_cgroup_path, glob),
             ir_const(unit_string(g->unit, glob ? glob->name : "*")));
    return true;
}

static struct value gen_cgroup_path(struct generator *g, struct node *n)
{
    struct location to = gen_temporary(g, sizeof(struct value_cgroup_path));
    cgroup_path_into(g, n, n->type, to, true);
    return (struct value){.type = n->type, .base = to.base, .offset = to.offset, .space = SPACE_BPF};
}

#define WORD(word, kind)                                                                                                                   \
    {                                                                                                                                      \
        word, 1, 1, .is_call = true, .check = check_word, .generate = gen_word, .detail = (kind)                                           \
    }

const struct builtin builtins_words[] = {
    WORD("strerror", VALUE_STRERROR),
    WORD("signal_name", VALUE_SIGNAL_NAME),
    WORD("syscall_name", VALUE_SYSCALL_NAME),
    {"cgroup_path", 1, 2, .is_call = true, .check = check_cgroup_path, .generate = gen_cgroup_path, .generate_into = cgroup_path_into},
    {0},
};
