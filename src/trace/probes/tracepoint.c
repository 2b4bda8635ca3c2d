/* tracepoint:CATEGORY:NAME and rawtracepoint:NAME. */
#include "trace/probes/btf_names.h"
#include "trace/probes/providers.h"

#include "base/err.h"
#include "kernel/tracefs.h"

#include <bpf/btf.h>
#include <dirent.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *tracefs_path(void)
{
    static const char *const places[] = {"/sys/kernel/tracing", "/sys/kernel/debug/tracing"};
    for (int again = 0; again < 2; again++) {
        for (size_t i = 0; i < 2; i++) {
            char events[64];
            snprintf(events, sizeof events, "%s/events", places[i]);
            if (!access(events, X_OK))
                return places[i];
        }
        tracefs_ensure();
    }
    return NULL;
}

static int not_hidden(const struct dirent *d)
{
    return d->d_name[0] != '.';
}

static void add_tracepoint(struct expansion *e, const char *category, const char *name)
{
    struct err why = {0};
    struct target *t = expansion_add(e, ATTACH_TRACEPOINT, category, name);
    if (!t)
        return;
    t->types.arguments = types_tracepoint(e->types, category, name, &why);
}

static void match_names(struct expansion *e, const char *root, const char *category, const char *pattern)
{
    char path[512];
    snprintf(path, sizeof path, "%s/events/%s", root, category);
    struct dirent **list;
    int n = scandir(path, &list, not_hidden, alphasort);
    for (int i = 0; i < n; i++) {
        char id[1024];
        snprintf(id, sizeof id, "%s/%s/format", path, list[i]->d_name);
        if (!fnmatch(pattern, list[i]->d_name, 0) && !access(id, R_OK))
            add_tracepoint(e, category, list[i]->d_name);
        free(list[i]);
    }
    if (n >= 0)
        free(list);
}

static void match_categories(struct expansion *e, const char *root)
{
    char path[512];
    snprintf(path, sizeof path, "%s/events", root);
    struct dirent **list;
    int n = scandir(path, &list, not_hidden, alphasort);
    for (int i = 0; i < n; i++) {
        if (!fnmatch(expansion_part(e, 0), list[i]->d_name, 0))
            match_names(e, root, list[i]->d_name, expansion_part(e, 1));
        free(list[i]);
    }
    if (n >= 0)
        free(list);
}

void expand_tracepoint(struct expansion *e)
{
    const char *root = tracefs_path();
    if (!root) {
        complain(e->complaints, e->point->place, "tracefs is not mounted and cannot be; tracepoints have their names and arguments there");
        complain_hint(e->complaints, "as root: mount -t tracefs tracefs /sys/kernel/tracing");
        return;
    }
    match_categories(e, root);
    if (!e->first) {
        missing(e, "this kernel has no tracepoint %s:%s", expansion_part(e, 0), expansion_part(e, 1));
        missing_hint(e, "sonde trace -l 'tracepoint:%s:*' lists those there are", expansion_part(e, 0));
    }
}

static void add_raw(struct expansion *e, const char *module, const char *name, bool certain)
{
    struct function_types types = {0};
    struct err why = {0};
    bool typed = types_raw_tracepoint(e->types, name, &types, &why) == 0;
    if (!typed && certain && why.code == ENOENT) { /* there is BTF, and it is not in it */
        missing(e, "%s", why.text);
        return;
    }
    struct target *t = expansion_add(e, typed ? ATTACH_TP_BTF : ATTACH_RAW_TRACEPOINT, module, name);
    if (t)
        t->types = types;
}

void expand_rawtracepoint(struct expansion *e)
{
    bool with_module = e->point->n_parts > 2;
    const char *module = with_module ? expansion_part(e, 0) : NULL;
    const char *name = expansion_part(e, with_module ? 1 : 0);
    struct btf_names n;
    if (!has_wildcard(name)) {
        add_raw(e, module && !has_wildcard(module) ? module : with_module ? "vmlinux" : NULL, name, true);
        return;
    }
    btf_names_read(&n, e->types, TYPES_RAW_TRACEPOINTS);
    for (size_t i = 0; i < n.count; i++)
        if (!fnmatch(name, n.names[i], 0))
            add_raw(e, with_module ? "vmlinux" : NULL, n.names[i], false);
    btf_names_free(&n);
    if (!e->first)
        missing(e, "the kernel's BTF has no raw tracepoint that matches %s", name);
}
