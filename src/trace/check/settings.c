/* config = { name = value } and the declarations of maps. */
#include "trace/check/phases.h"

#include "base/names.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* All of bpftrace's manual; those that only concern its own making are accepted and do nothing. */
static const char *const names[] = {
    "cache_user_symbols", "cpp_demangle",      "lazy_symbolication", "license",           "log_size",           "max_bpf_progs",
    "max_cat_bytes",      "max_map_keys",      "max_probes",         "max_strlen",        "missing_probes",     "on_stack_limit",
    "perf_rb_pages",      "show_debug_info",   "stack_mode",         "str_trunc_trailer", "print_maps_on_exit", "max_type_res_iterations",
    "unstable_import",    "unstable_map_decl", "unstable_macro",     "unstable_tseries",  "unstable_addr",      "unstable_typeinfo",
    "use_blazesym",       "max_ast_nodes"};

static bool truth(const char *value)
{
    return !strcasecmp(value, "true") || !strcmp(value, "1");
}

static const char *short_name(const char *name)
{
    static const char prefix[] = "BPFTRACE_";
    return strncasecmp(name, prefix, sizeof prefix - 1) ? name : name + sizeof prefix - 1;
}

static uint64_t number(struct unit *u, const struct setting *s, uint64_t least, uint64_t most)
{
    char *end;
    uint64_t v = strtoull(s->value, &end, 0);
    if (end == s->value || *end || v < least || v > most) {
        complain(&u->complaints, s->place, "%s is a number from %llu to %llu, not %s", s->name, (unsigned long long)least,
                 (unsigned long long)most, s->value);
        return least;
    }
    return v;
}

static void set_missing(struct unit *u, const struct setting *s)
{
    u->settings.missing_probes_warn = !strcmp(s->value, "warn");
    u->settings.missing_probes_ignore = !strcmp(s->value, "ignore");
    if (!u->settings.missing_probes_warn && !u->settings.missing_probes_ignore && strcmp(s->value, "error"))
        complain(&u->complaints, s->place, "missing_probes is error, warn or ignore, not %s", s->value);
}

static void set_stack_mode(struct unit *u, const struct setting *s)
{
    static const char *const modes[] = {
        [STACK_BPFTRACE] = "bpftrace", [STACK_PERF] = "perf", [STACK_RAW] = "raw", [STACK_BUILD_ID] = "build_id"};
    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++)
        if (!strcasecmp(modes[i], s->value)) {
            u->settings.stack_mode = (int64_t)i;
            return;
        }
    complain(&u->complaints, s->place, "stack_mode is bpftrace, perf, raw or build_id, not %s", s->value);
}

static void set_one(struct unit *u, const struct setting *s)
{
    const char *name = short_name(s->name);
    if (!strcasecmp(name, "max_strlen"))
        u->settings.max_strlen = (uint32_t)number(u, s, 1, 16384);
    else if (!strcasecmp(name, "max_map_keys"))
        u->settings.max_map_keys = number(u, s, 1, 1U << 24);
    else if (!strcasecmp(name, "max_probes"))
        u->settings.max_probes = (uint32_t)number(u, s, 1, 1U << 20);
    else if (!strcasecmp(name, "print_maps_on_exit"))
        u->settings.print_maps_on_exit = truth(s->value);
    else if (!strcasecmp(name, "max_cat_bytes"))
        u->settings.max_cat_bytes = (uint32_t)number(u, s, 1, 1U << 30);
    else if (!strcasecmp(name, "stack_mode"))
        set_stack_mode(u, s);
    else if (!strcasecmp(name, "missing_probes"))
        set_missing(u, s);
    else {
        for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
            if (!strcasecmp(names[i], name))
                return;
        complain(&u->complaints, s->place, "no setting is called %s", s->name);
    }
}

/* Older names of the environment. */
static const struct {
    const char *old, *name;
} older[] = {{"BPFTRACE_STRLEN", "max_strlen"},
             {"BPFTRACE_MAP_KEYS_MAX", "max_map_keys"},
             {"BPFTRACE_MAX_PROBES", "max_probes"},
             {"BPFTRACE_CAT_BYTES_MAX", "max_cat_bytes"}};

static void take_environment(struct unit *u, const char *variable, const char *name)
{
    const char *value = getenv(variable);
    struct setting s = {.name = name, .value = value};
    if (value && *value)
        set_one(u, &s);
}

/* BPFTRACE_MAX_STRLEN and so on; what the script itself sets comes later and counts. */
static void read_environment(struct unit *u)
{
    for (size_t i = 0; i < sizeof older / sizeof older[0]; i++)
        take_environment(u, older[i].old, older[i].name);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char variable[64] = "BPFTRACE_";
        size_t at = strlen(variable);
        for (const char *c = names[i]; *c && at + 1 < sizeof variable; c++)
            variable[at++] = (char)toupper((unsigned char)*c);
        take_environment(u, variable, names[i]);
    }
}

void phase_settings(struct unit *u)
{
    read_environment(u);
    for (const struct setting *s = u->script->settings; s; s = s->next)
        set_one(u, s);
    for (const struct map_declaration *d = u->script->maps; d; d = d->next) {
        struct map_info *m = unit_map_named(u, d->name, d->place);
        if (!m)
            return;
        m->declared = d->type;
        m->entries = d->entries;
    }
}
