/* kprobe, kretprobe, fentry, fexit: functions of the kernel. */
#include "trace/probes/providers.h"

#include "base/arena.h"
#include "base/err.h"

#include <stdlib.h>
#include <string.h>

/* "func+0x10" into func and 16. */
static const char *split_offset(struct expansion *e, const char *text, uint64_t *offset)
{
    const char *plus = strrchr(text, '+');
    *offset = 0;
    if (!plus)
        return text;
    char *end;
    *offset = strtoull(plus + 1, &end, 0);
    if (end == plus + 1 || *end)
        complain(e->complaints, e->point->place, "%s is no offset", plus + 1);
    return arena_copy(e->complaints->arena, text, (size_t)(plus - text));
}

void expand_kprobe(struct expansion *e)
{
    const char *text = e->point->n_parts > 2 ? expansion_part(e, 1) : expansion_part(e, 0);
    if (has_wildcard(text)) {
        complain(e->complaints, e->point->place, "wildcards of functions are not there yet");
        return;
    }
    uint64_t offset;
    const char *name = split_offset(e, text, &offset);
    struct target *t = expansion_add(e, ATTACH_KPROBE, NULL, name);
    if (t)
        t->offset = offset;
}

void expand_trampoline(struct expansion *e)
{
    const char *module = e->point->n_parts > 2 ? expansion_part(e, 0) : NULL;
    const char *name = e->point->n_parts > 2 ? expansion_part(e, 1) : expansion_part(e, 0);
    struct err why = {0};
    if (has_wildcard(name)) {
        complain(e->complaints, e->point->place, "wildcards of functions are not there yet");
        return;
    }
    struct target *t = expansion_add(e, ATTACH_TRAMPOLINE, module ? module : "vmlinux", name);
    if (t && types_function(e->types, module, name, &t->types, &why) < 0)
        complain(e->complaints, e->point->place, "%s", why.text);
}
