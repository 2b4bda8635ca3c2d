/* iter: programs that the kernel runs for each object of a kind. Source of the names: Documentation/bpf/bpf_iterators.rst */
#include "trace/probes/providers.h"

#include "base/err.h"
#include "base/names.h"

#include <stdio.h>
#include <string.h>

static const char *const names[] = {"task", "task_file", "task_vma"};
enum { NAMES = sizeof names / sizeof names[0] };

const char *iterator_name_at(size_t i)
{
    return i < NAMES ? names[i] : NULL;
}

static const char *name_at(const void *arg, size_t i)
{
    (void)arg;
    return iterator_name_at(i);
}

/* struct bpf_iter__task { struct bpf_iter_meta *meta; struct task_struct *task; } */
const struct value_type *iterator_context(struct types *t, const char *name)
{
    char full[128];
    snprintf(full, sizeof full, "struct bpf_iter__%.100s", name);
    const struct value_type *type = types_find(t, full);
    return type ? types_complete(t, type) : NULL;
}

void expand_iter(struct expansion *e)
{
    const char *name = expansion_part(e, 0);
    char function[128];
    struct err why = {0};
    bool known = false;
    for (size_t i = 0; i < NAMES; i++)
        known |= !strcmp(names[i], name);
    if (!known) {
        missing(e, "no iterator is called %s; there are task, task_file and task_vma", name);
        const char *near = names_nearest((struct names){name_at, NULL}, name);
        if (near)
            missing_hint(e, "did you mean %s?", near);
        return;
    }
    const struct value_type *context = iterator_context(e->types, name);
    struct function_types types = {0};
    snprintf(function, sizeof function, "bpf_iter_%.100s", name);
    if (!context || types_function(e->types, "vmlinux", function, &types, &why) < 0) {
        missing(e, "this kernel has no iterator %s (it came with Linux %s, and needs BTF)", name,
                strcmp(name, "task_vma") ? "5.8" : "5.12");
        return;
    }
    struct target *t = expansion_add(e, ATTACH_ITER, NULL, name);
    if (!t)
        return;
    t->types = types;
    t->types.arguments = context;
    t->path = e->point->n_parts > 2 ? expansion_part(e, 1) : NULL;
}
