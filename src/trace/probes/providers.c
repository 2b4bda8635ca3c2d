/* Attach points as they are written: which provider, and what it makes of the rest. */
#include "trace/probes/ability.h"
#include "trace/probes/functions.h"

#include "base/arena.h"
#include "base/names.h"
#include "symbols/files.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { ATTACH_TYPE_UPROBE_MULTI = 48 }; /* BPF_TRACE_UPROBE_MULTI of include/uapi/linux/bpf.h since 6.6 */

enum { MATCHED_MOST = 100000 }; /* functions that a wildcard may stand for before it is cut */

static const struct probe_provider providers[] = {
    {"BEGIN", {"begin"}, PROVIDER_BEGIN, 0, 0, "BEGIN", expand_special},
    {"END", {"end"}, PROVIDER_END, 0, 0, "END", expand_special},
    {"tracepoint", {"tracepoint", "t"}, PROVIDER_TRACEPOINT, 2, 2, "tracepoint:CATEGORY:NAME", expand_tracepoint},
    {"rawtracepoint", {"rawtracepoint", "rt"}, PROVIDER_RAWTRACEPOINT, 1, 2, "rawtracepoint:NAME", expand_rawtracepoint},
    {"kprobe", {"kprobe", "k"}, PROVIDER_KPROBE, 1, 2, "kprobe:FUNCTION[+OFFSET]", expand_function},
    {"kretprobe", {"kretprobe", "kr"}, PROVIDER_KRETPROBE, 1, 2, "kretprobe:FUNCTION", expand_function},
    {"fentry", {"fentry", "f", "kfunc"}, PROVIDER_FENTRY, 1, 2, "fentry:[MODULE:]FUNCTION", expand_function},
    {"fexit", {"fexit", "fr", "kretfunc"}, PROVIDER_FEXIT, 1, 2, "fexit:[MODULE:]FUNCTION", expand_function},
    {"uprobe", {"uprobe", "u"}, PROVIDER_UPROBE, 2, 4, "uprobe:BINARY:FUNCTION[+OFFSET]", expand_uprobe},
    {"uretprobe", {"uretprobe", "ur"}, PROVIDER_URETPROBE, 2, 4, "uretprobe:BINARY:FUNCTION", expand_uprobe},
    {"usdt", {"usdt"}, PROVIDER_USDT, 2, 3, "usdt:BINARY:[PROVIDER:]NAME", expand_usdt},
    {"profile", {"profile", "p"}, PROVIDER_PROFILE, 1, 2, "profile:hz:RATE or profile:TIME", expand_timer},
    {"interval", {"interval", "i"}, PROVIDER_INTERVAL, 1, 2, "interval:s:SECONDS or interval:TIME", expand_timer},
    {"software", {"software", "s"}, PROVIDER_SOFTWARE, 1, 2, "software:EVENT[:COUNT]", expand_event},
    {"iter", {"iter", "it"}, PROVIDER_ITER, 1, 2, "iter:task, iter:task_file or iter:task_vma", expand_iter},
    {"watchpoint", {"watchpoint", "w", "asyncwatchpoint"}, PROVIDER_WATCHPOINT, 3, 3, "watchpoint:ADDRESS:LENGTH:MODE", expand_watchpoint},
    {"self", {"self"}, PROVIDER_SELF, 2, 2, "self:signal:SIGUSR1", expand_self},
    {"bench", {"bench"}, PROVIDER_BENCH, 1, 1, "bench:NAME", expand_special},
    {"test", {"test"}, PROVIDER_BENCH, 1, 1, "test:NAME", expand_special},
    {"hardware", {"hardware", "h"}, PROVIDER_HARDWARE, 1, 2, "hardware:EVENT[:COUNT]", expand_event},
};
enum { PROVIDER_COUNT = sizeof providers / sizeof providers[0] };

static const struct probe_provider *provider_find(const char *name)
{
    if (!strcmp(name, "U")) /* the only one where case matters: u is uprobe */
        name = "usdt";
    for (size_t i = 0; i < PROVIDER_COUNT; i++)
        for (size_t a = 0; a < 3 && providers[i].aliases[a]; a++)
            if (!strcasecmp(providers[i].aliases[a], name) && strcmp(name, "U") != 0)
                return &providers[i];
    return NULL;
}

const char *provider_long_name(const char *name)
{
    const struct probe_provider *p = provider_find(name);
    return p ? p->name : NULL;
}

const char *provider_name(enum provider p)
{
    for (size_t i = 0; i < PROVIDER_COUNT; i++)
        if (providers[i].provider == p)
            return providers[i].name;
    return "?";
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

static void say(struct expansion *e, bool hint, const char *format, va_list args)
{
    char line[1024];
    vsnprintf(line, sizeof line, format, args);
    if (hint)
        complain_hint(e->complaints, "%s", line);
    else if (e->scope->missing == MISSING_WARN)
        complain_softly(e->complaints, e->point->place, "%s", line);
    else
        complain(e->complaints, e->point->place, "%s", line);
}

void missing(struct expansion *e, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    if (e->scope->missing != MISSING_IGNORE)
        say(e, false, format, args);
    va_end(args);
}

void missing_hint(struct expansion *e, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    if (e->scope->missing != MISSING_IGNORE)
        say(e, true, format, args);
    va_end(args);
}

struct symbols_files *expansion_files(struct expansion *e)
{
    if (!e->scope->files)
        e->scope->files = symbols_files_create(0);
    return e->scope->files;
}

void probe_scope_free(struct probe_scope *scope)
{
    symbols_files_destroy(scope->files);
    kernel_functions_free(scope->functions);
    *scope = (struct probe_scope){0};
}

/* Many functions are attached to by one link where the kernel can. */
static void prefer_multi(struct expansion *e)
{
    if (!e->first || !e->first->next)
        return;
    bool kernel = e->first->way == ATTACH_KPROBE && ability_kprobe_multi(e->scope);
    bool user = e->first->way == ATTACH_UPROBE && ability_uprobe_multi(e->scope);
    for (struct target *t = e->first; t && (kernel || user); t = t->next)
        t->way = kernel ? ATTACH_KPROBE_MULTI : ATTACH_UPROBE_MULTI;
}

struct target *probe_expand(const struct attach_point *point, struct probe_scope *scope, struct types *types, struct complaints *c)
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
    struct expansion e = {.point = point, .scope = scope, .types = types, .complaints = c, .provider = p->provider, .most = MATCHED_MOST};
    e.last = &e.first;
    p->expand(&e);
    prefer_multi(&e);
    for (struct target *t = e.first; t; t = t->next)
        t->of_wildcard = t->next || t != e.first;
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
    case ATTACH_KPROBE_MULTI:
        *type = BPF_PROG_TYPE_KPROBE;
        *attach_type = BPF_TRACE_KPROBE_MULTI;
        break;
    case ATTACH_UPROBE_MULTI:
        *type = BPF_PROG_TYPE_KPROBE;
        *attach_type = ATTACH_TYPE_UPROBE_MULTI;
        break;
    case ATTACH_PERF_EVENT: *type = BPF_PROG_TYPE_PERF_EVENT; break;
    case ATTACH_TP_BTF:
        *type = BPF_PROG_TYPE_TRACING;
        *attach_type = BPF_TRACE_RAW_TP;
        break;
    case ATTACH_TRAMPOLINE:
        *type = BPF_PROG_TYPE_TRACING;
        *attach_type = t->provider == PROVIDER_FEXIT || t->provider == PROVIDER_KRETPROBE ? BPF_TRACE_FEXIT : BPF_TRACE_FENTRY;
        break;
    case ATTACH_ITER:
        *type = BPF_PROG_TYPE_TRACING;
        *attach_type = BPF_TRACE_ITER;
        break;
    }
}
