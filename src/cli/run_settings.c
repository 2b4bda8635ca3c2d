/* What the command line says of an object before it is loaded. */
#include "cli/run.h"
#include "objects/variables.h"

#include <stdlib.h>
#include <string.h>

const char *run_option(const struct run *r, const char *name)
{
    const char *value = config_text(r->in->options, name);
    return *value ? value : NULL;
}

static int set_variables(struct run *r, struct err *why)
{
    const char *const *items;
    size_t n = config_list(r->in->options, "set", &items);
    int rc = 0;
    for (size_t i = 0; !rc && i < n; i++) {
        rc = variables_set(&r->object, items[i], why);
        if (rc)
            err_prefix(why, "--set %.100s", items[i]);
    }
    return rc;
}

/* "events=1048576" */
static int resize_map(const struct run *r, const char *words, int (*set)(struct bpf_map *m, uint32_t n), struct err *why)
{
    char name[64], *end;
    const char *rest;
    if (!target_split(words, '=', name, sizeof name, &rest) || !*rest)
        return err_set(why, EINVAL, "write MAP=NUMBER");
    const struct object_map *m = object_map(&r->object, name);
    unsigned long n = strtoul(rest, &end, 0);
    if (!m)
        return err_set(why, ENOENT, "%s has no map of that name", r->object.path);
    if (*end || !n || n > UINT32_MAX)
        return err_set(why, EINVAL, "\"%.40s\" is not a number", rest);
    int rc = set(m->map, (uint32_t)n);
    return rc ? err_set(why, -rc, "%s", strerror(-rc)) : 0;
}

static int resize_maps(struct run *r, const char *option, int (*set)(struct bpf_map *m, uint32_t n), struct err *why)
{
    const char *const *items;
    size_t n = config_list(r->in->options, option, &items);
    int rc = 0;
    for (size_t i = 0; !rc && i < n; i++) {
        rc = resize_map(r, items[i], set, why);
        if (rc)
            err_prefix(why, "--%s %.100s", set == bpf_map__set_max_entries ? "max-entries" : "value-size", items[i]);
    }
    return rc;
}

int run_choose_targets(struct run *r, struct err *why)
{
    const char *const *items;
    size_t n = config_list(r->in->options, "attach", &items);
    r->attach = (struct attach_options){
        .interface = run_option(r, "interface"),
        .cgroup = run_option(r, "cgroup"),
        .pid = config_is_set(r->in->options, "pid") ? (int)config_number(r->in->options, "pid") : -1,
    };
    int rc = set_variables(r, why);
    if (!rc)
        rc = resize_maps(r, "max_entries", bpf_map__set_max_entries, why);
    if (!rc)
        rc = resize_maps(r, "value_size", bpf_map__set_value_size, why);
    if (!rc)
        rc = programs_open(&r->programs, &r->object, &r->attach, why);
    for (size_t i = 0; !rc && i < n; i++) {
        rc = programs_choose(&r->programs, items[i], why);
        if (rc)
            err_prefix(why, "--attach %.100s", items[i]);
    }
    for (size_t i = 0; !rc && i < r->n_refused; i++)
        rc = target_choose(programs_find(&r->programs, r->refused[i]), "none", why);
    return rc;
}
