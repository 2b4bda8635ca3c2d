/* kprobe, kretprobe, fentry, fexit: functions of the kernel. Where the kernel has only one of the two mechanisms, that one serves both. */
#include "trace/probes/ability.h"
#include "trace/probes/functions.h"

#include "base/err.h"
#include "base/names.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

static bool returns(const struct expansion *e)
{
    return e->provider == PROVIDER_KRETPROBE || e->provider == PROVIDER_FEXIT;
}

static struct kernel_functions *functions_of(struct expansion *e)
{
    if (!e->scope->functions)
        e->scope->functions = kernel_functions_read();
    return e->scope->functions;
}

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
    else if (returns(e))
        complain(e->complaints, e->point->place, "%s probes have no offset: they are where the function returns",
                 provider_name(e->provider));
    return arena_copy(e->complaints->arena, text, (size_t)(plus - text));
}

/* --- which mechanism -------------------------------------------------------------------------------------------------------- */

/* "connect" of tcp_v4_connect */
static void longest_word(const char *name, char *out, size_t size)
{
    size_t longest = 0;
    out[0] = '\0';
    for (const char *p = name; *p;) {
        size_t n = strcspn(p, "_*?+");
        if (n > longest && n < size) {
            longest = n;
            memcpy(out, p, n);
            out[n] = '\0';
        }
        p += n + (p[n] != '\0');
    }
}

static bool no_way(struct expansion *e)
{
    bool kprobe = e->provider == PROVIDER_KPROBE || e->provider == PROVIDER_KRETPROBE;
    const char *other =
        kprobe ? "fentry, which could stand in for it, is refused" : "it has no kprobes (CONFIG_KPROBES) to stand in for it";
    missing(e, "this kernel %s, and %s: no function of the kernel can be traced here",
            kprobe ? "has no kprobes (CONFIG_KPROBES)" : "refuses fentry and fexit", other);
    char word[64];
    longest_word(expansion_part(e, e->point->n_parts > 2 ? 1 : 0), word, sizeof word);
    missing_hint(e, "a tracepoint may tell the same: sonde trace -l 'tracepoint:*%s*'", word);
    return false;
}

/* Sets *way; false after a complaint. */
static bool choose(struct expansion *e, uint64_t offset, enum attach_way *way)
{
    bool kprobe = e->provider == PROVIDER_KPROBE || e->provider == PROVIDER_KRETPROBE;
    if (e->listing) {
        *way = kprobe ? ATTACH_KPROBE : ATTACH_TRAMPOLINE;
        return true;
    }
    if (kprobe ? ability_kprobe(e->scope) : ability_trampoline(e->scope)) {
        *way = kprobe ? ATTACH_KPROBE : ATTACH_TRAMPOLINE;
        return true;
    }
    if (kprobe && offset) {
        missing(e, "this kernel has no kprobes (CONFIG_KPROBES); fentry is only at a function's first instruction");
        return false;
    }
    *way = kprobe ? ATTACH_TRAMPOLINE : ATTACH_KPROBE;
    return (kprobe ? ability_trampoline(e->scope) : ability_kprobe(e->scope)) || no_way(e);
}

/* --- one and many ---------------------------------------------------------------------------------------------------------- */

static void add(struct expansion *e, enum attach_way way, const char *module, const char *name, uint64_t offset, bool certain)
{
    bool typed = way == ATTACH_TRAMPOLINE || e->provider == PROVIDER_FENTRY || e->provider == PROVIDER_FEXIT;
    bool named = e->provider == PROVIDER_FENTRY || e->provider == PROVIDER_FEXIT; /* with the module */
    struct function_types types = {0};
    struct err why = {0};
    if (typed && types_function(e->types, module && *module ? module : NULL, name, &types, &why) < 0) {
        if (certain)
            missing(e, "%s", why.text);
        return;
    }
    struct target *t = expansion_add(e, way, named ? module && *module ? module : "vmlinux" : module && *module ? module : NULL, name);
    if (!t)
        return;
    t->offset = offset;
    t->types = types;
}

static const char *function_at(const void *arg, size_t i)
{
    const struct kernel_functions *f = arg;
    return i < f->count ? f->list[i].name : NULL;
}

static void add_matching(struct expansion *e, enum attach_way way, const char *module, const char *pattern)
{
    struct kernel_functions *f = functions_of(e);
    bool written = module != NULL;
    for (size_t i = 0; f && i < f->count; i++) {
        const struct kernel_function *k = &f->list[i];
        if (fnmatch(pattern, k->name, 0) || (written && fnmatch(module, *k->module ? k->module : "vmlinux", 0)))
            continue;
        if (k->doubtful && !e->listing)
            continue;
        if (++e->matched > e->most)
            return;
        bool named = written || e->provider == PROVIDER_FENTRY || e->provider == PROVIDER_FEXIT;
        add(e, way, named ? k->module : NULL, k->name, 0, false);
    }
    if (!e->first)
        missing(e, "the kernel has no function that matches %s%s%s and can be traced", written ? module : "", written ? ":" : "", pattern);
}

/* Asked before the kernel refuses to attach: only then a near name can be given. */
static bool known(struct expansion *e, const char *name)
{
    struct kernel_functions *f = functions_of(e);
    if (!f || !f->count || kernel_functions_have(f, name))
        return true;
    missing(e, "the kernel has no function %s that can be traced (%s)", name, f->source);
    const char *near = names_nearest((struct names){function_at, f}, name);
    if (near)
        missing_hint(e, "did you mean %s?", near);
    return false;
}

void expand_function(struct expansion *e)
{
    bool with_module = e->point->n_parts > 2;
    const char *module = with_module ? expansion_part(e, 0) : NULL;
    const char *text = expansion_part(e, with_module ? 1 : 0);
    uint64_t offset;
    enum attach_way way;
    const char *name = split_offset(e, text, &offset);
    if (e->complaints->errors || !choose(e, offset, &way))
        return;
    if (has_wildcard(name) || (module && has_wildcard(module)))
        add_matching(e, way, module, name);
    else if (way == ATTACH_TRAMPOLINE || offset || known(e, name))
        add(e, way, module, name, offset, true);
}
