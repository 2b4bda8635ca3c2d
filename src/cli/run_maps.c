/* What maps and iterators hold, in between and in the end. */
#include "base/clock.h"
#include "base/names.h"
#include "cli/run.h"
#include "objects/maps.h"
#include "objects/metrics.h"

#include <bpf/bpf.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { ITER_CEILING = 64 * 1024 * 1024 };

bool run_wants_map(const struct run *r, const char *name)
{
    const char *const *items;
    size_t n = config_list(r->in->options, "map", &items);
    for (size_t i = 0; i < n; i++)
        if (!strcmp(items[i], name))
            return true;
    return !n;
}

static const char *map_name_at(const void *arg, size_t i)
{
    const struct object *o = arg;
    return i < o->n_maps ? o->maps[i].name : NULL;
}

int run_check_maps(const struct run *r, struct err *why)
{
    const char *const *items;
    size_t n = config_list(r->in->options, "map", &items);
    for (size_t i = 0; i < n; i++) {
        const struct names names = {map_name_at, &r->object};
        struct text t = {.ceiling = 700};
        if (object_map(&r->object, items[i]))
            continue;
        text_adds(&t, "--map: unknown map ");
        names_add_unknown(&t, names, items[i]);
        text_adds(&t, r->object.n_maps ? "; maps: " : "; the object has none");
        names_join(&t, names);
        err_set(why, ENOENT, "%s", t.bytes ? t.bytes : "");
        text_free(&t);
        return -ENOENT;
    }
    return 0;
}

static bool is_wanted(const struct run *r, const struct object_map *m)
{
    const char *const *items;
    bool chosen = config_list(r->in->options, "map", &items) > 0;
    enum bpf_map_type type = bpf_map__type(m->map);
    if (type == BPF_MAP_TYPE_RINGBUF || type == BPF_MAP_TYPE_PERF_EVENT_ARRAY)
        return false;
    return chosen ? run_wants_map(r, m->name) && bpf_map__fd(m->map) >= 0 : map_is_shown(m);
}

/* --show FIELD=FORM, the last that names the field. */
static const char *form_of_field(void *arg, const char *field)
{
    const struct run *r = arg;
    const char *const *items;
    const char *form = NULL;
    size_t n = config_list(r->in->options, "show", &items), length = strlen(field);
    for (size_t i = 0; i < n; i++)
        if (!strncmp(items[i], field, length) && items[i][length] == '=')
            form = items[i] + length + 1;
    return form;
}

static const char *form_at(const void *unused, size_t i)
{
    (void)unused;
    return typed_form_at(i);
}

int run_choose_forms(struct run *r, struct err *why)
{
    const char *const *items;
    const struct names names = {form_at, NULL};
    size_t n = config_list(r->in->options, "show", &items);
    r->show.values.form_of = n ? form_of_field : NULL;
    r->show.values.form_arg = r;
    for (size_t i = 0; i < n; i++) {
        const char *equals = strchr(items[i], '=');
        struct text t = {0};
        if (equals && equals > items[i] && names_have(names, equals + 1))
            continue;
        text_addf(&t, "--show %.100s: ", items[i]);
        if (equals) {
            text_adds(&t, "unknown form ");
            names_add_unknown(&t, names, equals + 1);
        } else {
            text_adds(&t, "write FIELD=FORM");
        }
        text_adds(&t, "; forms: ");
        names_join(&t, names);
        err_set(why, EINVAL, "%s", t.bytes ? t.bytes : "");
        text_free(&t);
        return -EINVAL;
    }
    return 0;
}

void run_add_metrics(struct run *r, struct text *out)
{
    for (size_t i = 0; i < r->object.n_maps; i++) {
        struct map_view v;
        if (!is_wanted(r, &r->object.maps[i]))
            continue;
        map_view_open(&v, &r->object, &r->object.maps[i]);
        metrics_add_map(out, &v, &r->show.values);
    }
}

void run_show_maps(struct run *r, bool last)
{
    if (r->format == RUN_PROMETHEUS) {
        run_add_metrics(r, &r->out);
        return;
    }
    run_learn_stacks(r, true);
    for (size_t i = 0; i < r->object.n_maps; i++) {
        struct map_view v;
        if (!is_wanted(r, &r->object.maps[i]))
            continue;
        map_view_open(&v, &r->object, &r->object.maps[i]);
        v.take = last && !bpf_map__is_pinned(r->object.maps[i].map);
        run_begin_record(r);
        map_show(&r->out, &r->show, &v, clock_utc_ns());
        run_end_record(r);
        run_flush(r);
    }
}

static bool is_iterator(const struct attachment *a)
{
    return a->link && !strcmp(a->place->kind->name, "iter");
}

bool run_has_iterators(const struct run *r)
{
    for (size_t i = 0; i < r->programs.n_attachments; i++)
        if (is_iterator(&r->programs.attachments[i]))
            return true;
    return false;
}

static void read_iterator(struct run *r, const struct attachment *a)
{
    char buffer[65536];
    struct text text = {.ceiling = ITER_CEILING};
    ssize_t n;
    int fd = bpf_iter_create(bpf_link__fd(a->link));
    while (fd >= 0 && ((n = read(fd, buffer, sizeof buffer)) > 0 || (n < 0 && errno == EAGAIN)))
        if (n > 0)
            text_add(&text, buffer, (size_t)n);
    if (fd < 0 || n < 0)
        fprintf(stderr, "sonde run: the iterator %s cannot be read: %s\n", bpf_program__name(a->place->program), strerror(errno));
    if (fd >= 0)
        close(fd);
    if (text.length) {
        run_begin_record(r);
        show_iter(&r->out, &r->show, bpf_program__name(a->place->program), text.bytes, text.length);
        run_end_record(r);
    }
    text_free(&text);
}

void run_show_iterators(struct run *r)
{
    for (size_t i = 0; i < r->programs.n_attachments && r->format != RUN_PROMETHEUS; i++)
        if (is_iterator(&r->programs.attachments[i]))
            read_iterator(r, &r->programs.attachments[i]);
    run_flush(r);
}
