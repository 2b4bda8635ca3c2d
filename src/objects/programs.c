#include "objects/programs.h"

#include "base/names.h"
#include "kernel/tracefs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int programs_open(struct programs *p, struct object *o, const struct attach_options *options, struct err *why)
{
    *p = (struct programs){.object = o};
    p->places = calloc(OBJECT_MAX_PROGRAMS, sizeof *p->places);
    if (!p->places)
        return err_set(why, ENOMEM, "out of memory");
    struct bpf_program *program;
    bpf_object__for_each_program(program, o->bpf)
    {
        if (p->n == OBJECT_MAX_PROGRAMS)
            return err_set(why, E2BIG, "%s has more than %d programs", o->path, OBJECT_MAX_PROGRAMS);
        struct attach_place *place = &p->places[p->n++];
        *place = (struct attach_place){.object = o->bpf, .program = program, .options = options};
        target_of_section(place);
    }
    return 0;
}

static const char *name_at(const void *arg, size_t i)
{
    const struct programs *p = arg;
    return i < p->n ? bpf_program__name(p->places[i].program) : NULL;
}

static int refuse_name(const struct programs *p, const char *name, struct err *why)
{
    const struct names names = {name_at, p};
    struct text t = {.ceiling = 700};
    text_addf(&t, "%.200s has no program ", p->object->path);
    names_add_unknown(&t, names, name);
    text_adds(&t, "; programs: ");
    names_join(&t, names);
    int rc = err_set(why, EINVAL, "%s", t.bytes);
    text_free(&t);
    return rc;
}

int programs_choose(struct programs *p, const char *words, struct err *why)
{
    char name[128];
    const char *rest;
    if (!target_split(words, '=', name, sizeof name, &rest))
        return err_set(why, EINVAL, "\"%.60s\" is not PROGRAM=KIND:TARGET", words);
    struct attach_place *place = programs_find(p, name);
    return place ? target_choose(place, rest, why) : refuse_name(p, name, why);
}

struct attach_place *programs_find(struct programs *p, const char *name)
{
    for (size_t i = 0; i < p->n; i++)
        if (!strcmp(bpf_program__name(p->places[i].program), name))
            return &p->places[i];
    return NULL;
}

/* Whether the kernel can verify the program without its target. */
static bool needs_target_to_load(const struct attach_place *place)
{
    enum bpf_prog_type type = bpf_program__type(place->program);
    bool traced = type == BPF_PROG_TYPE_TRACING || type == BPF_PROG_TYPE_EXT ||
                  (type == BPF_PROG_TYPE_LSM && bpf_program__expected_attach_type(place->program) == BPF_LSM_MAC);
    return !place->kind || traced;
}

int programs_prepare(struct programs *p, struct err *why)
{
    char words[512];
    for (size_t i = 0; i < p->n; i++) {
        struct attach_place *place = &p->places[i];
        bool known = target_is_known(place, words, sizeof words);
        if (!place->off && !known && needs_target_to_load(place)) {
            bpf_program__set_autoload(place->program, false);
            continue;
        }
        int rc = target_prepare(place, why);
        if (rc)
            return rc;
        if (place->kind && !strcmp(place->kind->name, "tracepoint") && !place->off)
            tracefs_ensure();
    }
    return 0;
}

static int attach_one(struct programs *p, const struct attach_place *place, const struct programs_listener *l, struct err *why)
{
    struct attachment *a = &p->attachments[p->n_attachments++];
    int rc = attachment_make(a, place, why);
    if (rc) {
        attachment_undo(a);
        p->n_attachments--;
        return rc;
    }
    if (place->kind->attach)
        l->attached(l->arg, bpf_program__name(place->program), a->where);
    return 0;
}

/* Attaches it, or says what is missing; an error only when it must not be left out. */
static int try_program(struct programs *p, const struct attach_place *place, bool partial, const struct programs_listener *l,
                       struct err *why)
{
    char words[1024];
    struct err reason = {0};
    if (!target_is_known(place, words, sizeof words)) {
        l->left_out(l->arg, words);
        return 0;
    }
    if (!attach_one(p, place, l, &reason))
        return 0;
    if (!partial)
        return err_set(why, reason.code, "%s", reason.text);
    l->left_out(l->arg, reason.text);
    return 0;
}

/* The operations of a struct_ops map are attached with it. */
static int attach_operations(struct programs *p, const struct programs_listener *l, struct err *why)
{
    for (size_t i = 0; i < p->object->n_maps; i++) {
        const struct object_map *m = &p->object->maps[i];
        if (bpf_map__type(m->map) != BPF_MAP_TYPE_STRUCT_OPS || p->n_operations == sizeof p->operations / sizeof p->operations[0])
            continue;
        struct bpf_link *link = bpf_map__attach_struct_ops(m->map);
        if (!link)
            return err_set(why, errno, "the operations %s cannot be registered: %s", m->name, strerror(errno));
        p->operations[p->n_operations++] = link;
        l->attached(l->arg, m->name, "struct_ops");
    }
    return 0;
}

int programs_attach(struct programs *p, bool partial, const struct programs_listener *l, struct err *why)
{
    p->attachments = calloc(p->n + 1, sizeof *p->attachments);
    int rc = p->attachments ? 0 : err_set(why, ENOMEM, "out of memory");
    for (size_t i = 0; !rc && i < p->n; i++)
        if (!p->places[i].off)
            rc = try_program(p, &p->places[i], partial, l, why);
    return rc ? rc : attach_operations(p, l, why);
}

void programs_tell_missing(const struct programs *p, const struct programs_listener *l)
{
    char words[1024];
    for (size_t i = 0; i < p->n; i++)
        if (!p->places[i].off && !target_is_known(&p->places[i], words, sizeof words))
            l->left_out(l->arg, words);
}

void programs_close(struct programs *p)
{
    while (p->n_operations)
        bpf_link__destroy(p->operations[--p->n_operations]);
    while (p->n_attachments)
        attachment_undo(&p->attachments[--p->n_attachments]);
    free(p->attachments);
    free(p->places);
    *p = (struct programs){0};
}
