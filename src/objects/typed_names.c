/* What names of fields tell: whose a record is, and which numbers are stacks. */
#include "objects/typed_inside.h"

#include <string.h>

/* --- processes --------------------------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    unsigned rank; /* 1 is best */
    bool upper;    /* of bpf_get_current_pid_tgid: the process is in the upper half */
} pid_names[] = {
    {"tgid", 1, false},   {"pid_tgid", 1, true}, {"tgid_pid", 1, true},    {"pidtgid", 1, true},
    {"pid_tid", 1, true}, {"pid", 2, false},     {"process_id", 2, false}, {"tid", 3, false},
};

struct finding {
    uint64_t pid;
    unsigned rank; /* of the best so far; 0: none */
};

static void nothing_open(void *arg, const char *name, bool array)
{
    (void)arg;
    (void)name;
    (void)array;
}

static void nothing_close(void *arg)
{
    (void)arg;
}

static void find_pid(void *arg, const char *name, const struct leaf *l)
{
    struct finding *f = arg;
    if (!name || (l->kind != LEAF_UNSIGNED && l->kind != LEAF_SIGNED))
        return;
    for (size_t i = 0; i < sizeof pid_names / sizeof pid_names[0]; i++)
        if (!strcmp(name, pid_names[i].name) && (!f->rank || pid_names[i].rank < f->rank)) {
            bool both = pid_names[i].upper || l->u > UINT32_MAX; /* "pid" of 8 bytes may hold both, too */
            *f = (struct finding){both ? l->u >> 32 : l->u, pid_names[i].rank};
        }
}

uint32_t typed_pid(const struct btf *btf, uint32_t type, const void *bytes, size_t n)
{
    struct finding f = {0};
    const struct typed_visitor v = {nothing_open, find_pid, nothing_close, &f};
    typed_walk(btf, type, bytes, n, NULL, &v);
    return f.pid <= INT32_MAX ? (uint32_t)f.pid : 0;
}

/* --- stacks ------------------------------------------------------------------------------------------------------ */

static bool has(const char *name, const char *part)
{
    return strstr(name, part) != NULL;
}

static bool ends(const char *name, const char *end)
{
    size_t n = strlen(name), m = strlen(end);
    return n >= m && !strcmp(name + n - m, end);
}

/* "user_stack_id", "kern_stack_id", "stackid", "kstack" */
static bool is_named_like_number(const char *name)
{
    static const char *const whole[] = {"ustack", "kstack", "user_stack", "kern_stack", "kernel_stack"};
    for (size_t i = 0; i < sizeof whole / sizeof whole[0]; i++)
        if (!strcmp(name, whole[i]))
            return true;
    return (has(name, "stack") || has(name, "stk")) && ends(name, "id");
}

static bool is_named_like_stack(const char *name)
{
    return has(name, "stack") || has(name, "stk") || !strcmp(name, "frames") || !strcmp(name, "ips");
}

static bool is_int(const struct btf_type *t, size_t least)
{
    return t && btf_is_int(t) && t->size >= least && t->size <= 8;
}

const char *form_by_name(const struct btf *btf, const struct field *f)
{
    if (is_int(f->t, 4) && !f->bits && is_named_like_number(f->name))
        return "stack_id";
    if (!btf_is_array(f->t) || !is_named_like_stack(f->name))
        return NULL;
    uint32_t item = typed_bare_type(btf, btf_array(f->t)->type);
    return is_int(btf__type_by_id(btf, item), 8) ? "user_addr" : NULL;
}
