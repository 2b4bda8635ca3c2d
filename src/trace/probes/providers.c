/* Attach points as they are written: which provider, and what it makes of the rest. */
#include "trace/probes/providers.h"

#include "base/arena.h"
#include "base/names.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static const struct probe_provider providers[] = {
    {"BEGIN", {"begin"}, PROVIDER_BEGIN, 0, 0, "BEGIN", expand_special},
    {"END", {"end"}, PROVIDER_END, 0, 0, "END", expand_special},
    {"tracepoint", {"tracepoint", "t"}, PROVIDER_TRACEPOINT, 2, 2, "tracepoint:CATEGORY:NAME", expand_tracepoint},
    {"rawtracepoint", {"rawtracepoint", "rt"}, PROVIDER_RAWTRACEPOINT, 1, 2, "rawtracepoint:NAME", expand_rawtracepoint},
    {"kprobe", {"kprobe", "k"}, PROVIDER_KPROBE, 1, 2, "kprobe:FUNCTION[+OFFSET]", expand_kprobe},
    {"kretprobe", {"kretprobe", "kr"}, PROVIDER_KRETPROBE, 1, 2, "kretprobe:FUNCTION", expand_kprobe},
    {"fentry", {"fentry", "f", "kfunc"}, PROVIDER_FENTRY, 1, 2, "fentry:[MODULE:]FUNCTION", expand_trampoline},
    {"fexit", {"fexit", "fr", "kretfunc"}, PROVIDER_FEXIT, 1, 2, "fexit:[MODULE:]FUNCTION", expand_trampoline},
    {"uprobe", {"uprobe", "u"}, PROVIDER_UPROBE, 2, 3, "uprobe:BINARY:FUNCTION[+OFFSET]", expand_uprobe},
    {"uretprobe", {"uretprobe", "ur"}, PROVIDER_URETPROBE, 2, 3, "uretprobe:BINARY:FUNCTION", expand_uprobe},
    {"profile", {"profile", "p"}, PROVIDER_PROFILE, 1, 2, "profile:hz:RATE or profile:TIME", expand_timer},
    {"interval", {"interval", "i"}, PROVIDER_INTERVAL, 1, 2, "interval:s:SECONDS or interval:TIME", expand_timer},
    {"software", {"software", "s"}, PROVIDER_SOFTWARE, 1, 2, "software:EVENT[:COUNT]", expand_event},
    {"hardware", {"hardware", "h"}, PROVIDER_HARDWARE, 1, 2, "hardware:EVENT[:COUNT]", expand_event},
};
enum { PROVIDER_COUNT = sizeof providers / sizeof providers[0] };

const char *provider_name(enum provider p)
{
    for (size_t i = 0; i < PROVIDER_COUNT; i++)
        if (providers[i].provider == p)
            return providers[i].name;
    return "?";
}

static const struct probe_provider *provider_find(const char *name)
{
    for (size_t i = 0; i < PROVIDER_COUNT; i++)
        for (size_t a = 0; a < 3 && providers[i].aliases[a]; a++)
            if (!strcasecmp(providers[i].aliases[a], name))
                return &providers[i];
    return NULL;
}

static const char *provider_candidate(const void *arg, size_t i)
{
    (void)arg;
    return i < PROVIDER_COUNT ? providers[i].name : NULL;
}

bool has_wildcard(const char *pattern)
{
    return strpbrk(pattern, "*?[") != NULL;
}

const char *expansion_part(const struct expansion *e, uint32_t i)
{
    return i + 1 < e->point->n_parts ? e->point->parts[i + 1] : "";
}

struct target *expansion_add(struct expansion *e, enum attach_way way, const char *group, const char *what)
{
    struct arena *a = e->complaints->arena;
    struct target *t = arena_alloc(a, sizeof *t);
    char name[512];
    int n = snprintf(name, sizeof name, "%s%s%s%s%s", provider_name(e->provider), group ? ":" : "", group ? group : "", what ? ":" : "",
                     what ? what : "");
    if (!t || n < 0)
        return NULL;
    *t = (struct target){.provider = e->provider, .way = way, .place = e->point->place};
    t->name = arena_copy(a, name, strlen(name));
    t->group = group ? arena_copy(a, group, strlen(group)) : NULL;
    t->what = what ? arena_copy(a, what, strlen(what)) : NULL;
    *e->last = t;
    e->last = &t->next;
    return t;
}

void expand_special(struct expansion *e)
{
    expansion_add(e, ATTACH_RUN, NULL, NULL);
}

struct target *probe_expand(const struct attach_point *point, const struct probe_scope *scope, struct types *types, struct complaints *c)
{
    const struct probe_provider *p = point->n_parts ? provider_find(point->parts[0]) : NULL;
    if (!p) {
        const char *word = point->n_parts ? point->parts[0] : "";
        complain(c, point->place, "no provider of probes is called %s", word);
        const char *near = names_nearest((struct names){provider_candidate, NULL}, word);
        if (near)
            complain_hint(c, "did you mean %s?", near);
        return NULL;
    }
    if (point->n_parts - 1 < p->least || point->n_parts - 1 > p->most) {
        complain(c, point->place, "%s is written %s", p->name, p->form);
        return NULL;
    }
    struct expansion e = {.point = point, .scope = scope, .types = types, .complaints = c, .provider = p->provider};
    e.last = &e.first;
    p->expand(&e);
    return e.first;
}

void target_program_type(const struct target *t, uint32_t *type, uint32_t *attach_type)
{
    *attach_type = 0;
    switch (t->way) {
    case ATTACH_RUN:
    case ATTACH_RAW_TRACEPOINT: *type = BPF_PROG_TYPE_RAW_TRACEPOINT; break;
    case ATTACH_TRACEPOINT: *type = BPF_PROG_TYPE_TRACEPOINT; break;
    case ATTACH_KPROBE:
    case ATTACH_UPROBE: *type = BPF_PROG_TYPE_KPROBE; break;
    case ATTACH_PERF_EVENT: *type = BPF_PROG_TYPE_PERF_EVENT; break;
    case ATTACH_TP_BTF:
        *type = BPF_PROG_TYPE_TRACING;
        *attach_type = BPF_TRACE_RAW_TP;
        break;
    case ATTACH_TRAMPOLINE:
        *type = BPF_PROG_TYPE_TRACING;
        *attach_type = t->provider == PROVIDER_FEXIT ? BPF_TRACE_FEXIT : BPF_TRACE_FENTRY;
        break;
    case ATTACH_ITER:
        *type = BPF_PROG_TYPE_TRACING;
        *attach_type = BPF_TRACE_ITER;
        break;
    }
}
