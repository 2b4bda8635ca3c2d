#include "trace/probes/list.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/text.h"
#include "trace/probes/ability.h"
#include "trace/probes/btf_names.h"
#include "trace/probes/functions.h"

#include <bpf/btf.h>
#include <dirent.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct listing {
    const char *pattern; /* with the provider's long name; NULL: all */
    bool named;          /* the pattern begins with a provider, not a wildcard */
    bool verbose;
    struct probe_scope *scope;
    struct types *types;
    struct complaints *complaints;
    struct text *out;
};

/* --- arguments ------------------------------------------------------------------------------------------------------------- */

/* "char[16]" and a name: "char name[16]" */
static void add_field(struct text *out, const char *declared, const char *name)
{
    size_t n = strcspn(declared, "[");
    text_addf(out, "    %.*s %s%s\n", (int)n, declared, name, declared + n);
}

static void add_fields(struct text *out, const struct value_type *type)
{
    for (uint32_t i = 0; type && i < type->n_fields; i++) {
        const struct value_field *f = &type->fields[i];
        if (strncmp(f->name, "common_", 7) != 0)
            add_field(out, f->declared ? f->declared : "?", f->name);
    }
}

static void add_arguments(struct listing *l, const struct target *t)
{
    struct err why = {0};
    struct function_types f = t->types;
    if (t->provider == PROVIDER_TRACEPOINT && !f.arguments)
        f.arguments = types_tracepoint(l->types, t->group, t->what, &why);
    if (t->provider == PROVIDER_RAWTRACEPOINT && !f.arguments)
        types_raw_tracepoint(l->types, t->what, &f, &why);
    if ((t->provider == PROVIDER_FENTRY || t->provider == PROVIDER_FEXIT) && !f.arguments)
        types_function(l->types, t->group, t->what, &f, &why);
    if (f.arguments)
        f.arguments = types_complete(l->types, f.arguments);
    add_fields(l->out, f.arguments);
    if (t->provider == PROVIDER_FEXIT && f.returns && f.returns->kind != VALUE_NONE)
        text_addf(l->out, "    %s retval\n", type_words(l->types, f.returns));
    if (t->arguments && *t->arguments)
        text_addf(l->out, "    %s\n", t->arguments);
}

static void add_target(struct listing *l, const struct target *t)
{
    text_adds(l->out, t->name);
    text_addc(l->out, '\n');
    if (l->verbose)
        add_arguments(l, t);
}

/* --- by provider ----------------------------------------------------------------------------------------------------------- */

static bool matches(const struct listing *l, const char *name)
{
    return !l->pattern || !fnmatch(l->pattern, name, 0);
}

/* provider:group:what, when it or what it is without the group matches. */
static void offer(struct listing *l, enum provider p, const char *group, const char *what, bool group_may_miss)
{
    char name[600];
    char plain[600];
    snprintf(name, sizeof name, "%s:%s%s%s", provider_name(p), group ? group : "", group ? ":" : "", what);
    snprintf(plain, sizeof plain, "%s:%s", provider_name(p), what);
    if (matches(l, name) || (group_may_miss && matches(l, plain)))
        add_target(l, &(struct target){.provider = p, .name = name, .group = group, .what = what});
}

static int not_hidden(const struct dirent *d)
{
    return d->d_name[0] != '.' && d->d_type == DT_DIR;
}

/* Names in a folder, sorted; each with fn. */
static void each_folder(struct listing *l, const char *path, const char *category,
                        void (*fn)(struct listing *l, const char *a, const char *b))
{
    struct dirent **list;
    int n = scandir(path, &list, not_hidden, alphasort);
    for (int i = 0; i < n; i++) {
        fn(l, category, list[i]->d_name);
        free(list[i]);
    }
    if (n >= 0)
        free(list);
}

static void offer_tracepoint(struct listing *l, const char *category, const char *name)
{
    offer(l, PROVIDER_TRACEPOINT, category, name, false);
}

/* ftrace's own events are no tracepoints. */
static void list_category(struct listing *l, const char *path, const char *category)
{
    char folder[1024];
    if (!strcmp(category, "ftrace"))
        return;
    snprintf(folder, sizeof folder, "%s/%s", path, category);
    each_folder(l, folder, category, offer_tracepoint);
}

static void list_tracepoints(struct listing *l, enum provider p)
{
    char folder[512];
    const char *root = tracefs_path();
    (void)p;
    snprintf(folder, sizeof folder, "%s/events", root ? root : "");
    if (root)
        each_folder(l, folder, folder, list_category);
}

static void list_raw_tracepoints(struct listing *l, enum provider p)
{
    struct btf_names n;
    btf_names_read(&n, l->types, TYPES_RAW_TRACEPOINTS);
    for (size_t i = 0; i < n.count; i++)
        offer(l, p, "vmlinux", n.names[i], true);
    btf_names_free(&n);
}

static void list_functions(struct listing *l, enum provider p)
{
    bool typed = p == PROVIDER_FENTRY || p == PROVIDER_FEXIT;
    struct btf_names n = {0};
    if (!ability_kprobe(l->scope) && !ability_trampoline(l->scope)) {
        if (l->named)
            complain(l->complaints, (struct place){0, 0},
                     "this kernel has neither kprobes (CONFIG_KPROBES) nor fentry: no function of the kernel can be traced here");
        return;
    }
    if (!l->scope->functions)
        l->scope->functions = kernel_functions_read();
    if (typed)
        btf_names_read(&n, l->types, TYPES_FUNCTIONS);
    const struct kernel_functions *f = l->scope->functions;
    for (size_t i = 0; f && i < f->count; i++) {
        const struct kernel_function *k = &f->list[i];
        if (typed && (*k->module || !btf_names_have(&n, k->name)))
            continue;
        offer(l, p, typed ? "vmlinux" : *k->module ? k->module : NULL, k->name, true);
    }
    btf_names_free(&n);
}

static void list_events(struct listing *l, enum provider p)
{
    for (size_t i = 0; event_name_at(p, i); i++) {
        char name[64];
        snprintf(name, sizeof name, "%s:", event_name_at(p, i));
        offer(l, p, NULL, name, false);
    }
}

static void list_timers(struct listing *l, enum provider p)
{
    static const char *const units[] = {"hz:", "ms:", "s:", "us:"};
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
        offer(l, p, NULL, units[i], false);
}

static void list_iterators(struct listing *l, enum provider p)
{
    for (size_t i = 0; iterator_name_at(i); i++) {
        char name[100];
        snprintf(name, sizeof name, "iter:%s", iterator_name_at(i));
        if (!matches(l, name))
            continue;
        struct target t = {.provider = p, .name = name, .what = iterator_name_at(i)};
        t.types.arguments = l->verbose ? iterator_context(l->types, t.what) : NULL;
        add_target(l, &t);
    }
}

/* Functions and static probes of a binary: an expansion with a wildcard. */
static void list_user(struct listing *l, enum provider p)
{
    if (!l->named)
        return;
    struct attach_point point = {.text = l->pattern};
    char *copy = arena_copy(l->complaints->arena, l->pattern, strlen(l->pattern));
    for (char *part = copy; part && point.n_parts < ATTACH_PARTS_MAX;) {
        char *colon = strchr(part, ':');
        point.parts[point.n_parts++] = part;
        if (colon)
            *colon++ = '\0';
        part = colon;
    }
    if (point.n_parts < 3)
        point.parts[point.n_parts++] = "*";
    enum missing_probes before = l->scope->missing;
    l->scope->missing = MISSING_ERROR;
    for (const struct target *t = probe_expand(&point, l->scope, l->types, l->complaints); t; t = t->next)
        add_target(l, t);
    l->scope->missing = before;
    (void)p;
}

static const struct {
    enum provider provider;
    bool only_named; /* when the pattern names it */
    void (*list)(struct listing *l, enum provider p);
} kinds[] = {
    {PROVIDER_FENTRY, false, list_functions},
    {PROVIDER_FEXIT, true, list_functions},
    {PROVIDER_HARDWARE, false, list_events},
    {PROVIDER_INTERVAL, false, list_timers},
    {PROVIDER_ITER, false, list_iterators},
    {PROVIDER_KPROBE, false, list_functions},
    {PROVIDER_KRETPROBE, true, list_functions},
    {PROVIDER_PROFILE, false, list_timers},
    {PROVIDER_RAWTRACEPOINT, false, list_raw_tracepoints},
    {PROVIDER_SOFTWARE, false, list_events},
    {PROVIDER_TRACEPOINT, false, list_tracepoints},
    {PROVIDER_UPROBE, true, list_user},
    {PROVIDER_URETPROBE, true, list_user},
    {PROVIDER_USDT, true, list_user},
};

/* "t:sched:*" is "tracepoint:sched:*"; "tracepoint" is "tracepoint:*". NULL after a complaint. */
static const char *whole_pattern(struct listing *l, const char *pattern)
{
    char first[64];
    char whole[4096];
    size_t n = strcspn(pattern, ":");
    snprintf(first, sizeof first, "%.*s", (int)n, pattern);
    if (has_wildcard(first))
        return pattern;
    const char *name = provider_long_name(first);
    if (!name && !pattern[n]) { /* a word without wildcards: anything that has it */
        snprintf(whole, sizeof whole, "*%s*", pattern);
        return arena_copy(l->complaints->arena, whole, strlen(whole));
    }
    if (!name) {
        complain(l->complaints, (struct place){0, 0}, "no provider of probes is called %s", first);
        return NULL;
    }
    l->named = true;
    snprintf(whole, sizeof whole, "%s%s", name, pattern[n] && pattern[n + 1] ? pattern + n : ":*");
    return arena_copy(l->complaints->arena, whole, strlen(whole));
}

void probe_list(const char *pattern, bool verbose, struct probe_scope *scope, struct types *types, struct complaints *c, struct text *out)
{
    struct listing l = {.verbose = verbose, .scope = scope, .types = types, .complaints = c, .out = out};
    scope->missing = MISSING_IGNORE;
    if (*pattern && !(l.pattern = whole_pattern(&l, pattern)))
        return;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        const char *name = provider_name(kinds[i].provider);
        size_t n = strlen(name);
        bool this_one = l.named && !strncmp(l.pattern, name, n) && l.pattern[n] == ':';
        if (this_one || (!l.named && !kinds[i].only_named))
            kinds[i].list(&l, kinds[i].provider);
    }
}

void probe_list_target(const struct target *t, bool verbose, struct types *types, struct text *out)
{
    struct listing l = {.verbose = verbose, .types = types, .out = out};
    add_target(&l, t);
}
