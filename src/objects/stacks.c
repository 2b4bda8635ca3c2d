#include "objects/stacks.h"

#include "base/map.h"

#include <bpf/bpf.h>
#include <stdlib.h>
#include <string.h>

enum { KINDS = 3, OWNERS_CEILING = 1024 * 1024 };

struct stacks {
    struct map_view maps[STACKS_MAX_MAPS];  /* of stacks */
    struct map_view users[STACKS_MAX_MAPS]; /* that have numbers of stacks */
    size_t n_maps, n_users;
    bool users_known;
    const struct object *object;
    struct map owners; /* of map and number: the pid */
};

static bool has_stacks(const struct map_view *v)
{
    return v->type == BPF_MAP_TYPE_STACK_TRACE && v->key_size == 4 && v->value_size >= 8 && v->value_size / 8 <= TYPED_MAX_FRAMES &&
           v->fd >= 0 && !(v->flags & BPF_F_STACK_BUILD_ID);
}

struct stacks *stacks_create(const struct object *o)
{
    struct stacks *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    s->object = o;
    for (size_t i = 0; i < o->n_maps && s->n_maps < STACKS_MAX_MAPS; i++) {
        map_view_open(&s->maps[s->n_maps], o, &o->maps[i]);
        s->n_maps += has_stacks(&s->maps[s->n_maps]);
    }
    if (s->n_maps)
        return s;
    free(s);
    return NULL;
}

void stacks_destroy(struct stacks *s)
{
    if (!s)
        return;
    map_free(&s->owners);
    free(s);
}

/* --- which map a field means ------------------------------------------------------------------------------------- */

/* 'k' for "kern_stack_id" and "kstacks", 'u' for "user_stacks"; 0 for what says neither. */
static char side_of(const char *name)
{
    if (!name)
        return 0;
    if (strstr(name, "kern") || strstr(name, "kst") || strstr(name, "k_st"))
        return 'k';
    return strstr(name, "user") || strstr(name, "ust") || strstr(name, "u_st") ? 'u' : 0;
}

/* Maps in the order in which they are asked: those of the field's side, then those of none, then the others. */
static const struct map_view *map_at(const struct stacks *s, const char *field, size_t n)
{
    char side = side_of(field);
    for (int round = 0; round < KINDS; round++)
        for (size_t i = 0; i < s->n_maps; i++) {
            char its = side_of(s->maps[i].name);
            int when = its == side ? 0 : its ? 2 : 1;
            if (when == round && !n--)
                return &s->maps[i];
        }
    return NULL;
}

static uint64_t owner_key(const struct stacks *s, const struct map_view *v, uint32_t id)
{
    return (uint64_t)(v - s->maps) << 32 | id;
}

static bool read_stack(const struct map_view *v, uint32_t id, uint64_t frames[TYPED_MAX_FRAMES])
{
    memset(frames, 0, TYPED_MAX_FRAMES * sizeof *frames);
    return !bpf_map_lookup_elem(v->fd, &id, frames);
}

/* The map that has a stack of that number, the likeliest first. */
static const struct map_view *find_stack(const struct stacks *s, const char *field, uint32_t id, uint64_t frames[TYPED_MAX_FRAMES])
{
    const struct map_view *v;
    for (size_t n = 0; (v = map_at(s, field, n)); n++)
        if (read_stack(v, id, frames))
            return v;
    return NULL;
}

size_t stacks_frames(const struct stacks *s, const char *field, uint32_t id, uint64_t *frames, size_t room)
{
    uint64_t all[TYPED_MAX_FRAMES];
    size_t n = 0;
    if (!find_stack(s, field, id, all))
        return 0;
    while (n < room && n < TYPED_MAX_FRAMES && all[n]) {
        frames[n] = all[n];
        n++;
    }
    return n;
}

/* --- whose they are ---------------------------------------------------------------------------------------------- */

struct learning {
    struct stacks *stacks;
    const struct map_view *user;
    struct typed_options options;
    void (*see)(void *arg, uint32_t pid);
    void *arg;
    uint32_t pid;
    size_t left;  /* entries that may still be looked at */
    bool numbers; /* the type has numbers of stacks */
};

static void nothing_open(void *arg, const char *name, bool array)
{
    (void)arg;
    (void)name;
    (void)array;
}

static void nothing_close(void *arg)
{
    (void)arg;
}

static void note_number(void *arg, const char *name, const struct leaf *l)
{
    (void)name;
    ((struct learning *)arg)->numbers |= l->stack;
}

static bool type_has_numbers(struct learning *l, const struct btf *btf, uint32_t type, size_t n)
{
    const struct typed_visitor v = {nothing_open, note_number, nothing_close, l};
    void *zeros = type ? calloc(1, n + 1) : NULL;
    l->numbers = false;
    if (zeros)
        typed_walk(btf, type, zeros, n, &l->options, &v);
    free(zeros);
    return l->numbers;
}

static bool is_hash(const struct map_view *v)
{
    return v->type == BPF_MAP_TYPE_HASH || v->type == BPF_MAP_TYPE_LRU_HASH || v->type == BPF_MAP_TYPE_PERCPU_HASH ||
           v->type == BPF_MAP_TYPE_LRU_PERCPU_HASH;
}

static void find_users(struct learning *l)
{
    struct stacks *s = l->stacks;
    s->users_known = true;
    for (size_t i = 0; i < s->object->n_maps && s->n_users < STACKS_MAX_MAPS; i++) {
        struct map_view *v = &s->users[s->n_users];
        map_view_open(v, s->object, &s->object->maps[i]);
        if (v->fd >= 0 && v->btf && is_hash(v))
            s->n_users +=
                type_has_numbers(l, v->btf, v->key_type, v->key_size) || type_has_numbers(l, v->btf, v->value_type, v->value_size);
    }
}

static bool is_owned(const struct stacks *s, uint32_t id)
{
    for (size_t i = 0; i < s->n_maps; i++)
        if (map_get(&s->owners, owner_key(s, &s->maps[i], id)))
            return true;
    return false;
}

static void own_number(void *arg, const char *name, const struct leaf *leaf)
{
    struct learning *l = arg;
    uint64_t frames[TYPED_MAX_FRAMES];
    if (leaf->stack && is_owned(l->stacks, (uint32_t)leaf->u))
        return; /* known since an earlier look */
    const struct map_view *v = leaf->stack ? find_stack(l->stacks, name, (uint32_t)leaf->u, frames) : NULL;
    uint64_t key = v ? owner_key(l->stacks, v, (uint32_t)leaf->u) : 0;
    if (v && l->stacks->owners.count < OWNERS_CEILING)
        map_put(&l->stacks->owners, key, (void *)(uintptr_t)l->pid, NULL);
}

static bool learn_entry(void *arg, const struct map_entry *e)
{
    struct learning *l = arg;
    const struct map_view *v = l->user;
    const struct typed_visitor numbers = {nothing_open, own_number, nothing_close, l};
    bool one_value = e->value && !e->cpus && v->value_type;
    if (!l->left)
        return false;
    l->left--;
    l->pid = v->key_type ? typed_pid(v->btf, v->key_type, e->key, v->key_size) : 0;
    if (!l->pid && one_value)
        l->pid = typed_pid(v->btf, v->value_type, e->value, v->value_size);
    if (!l->pid)
        return true;
    if (l->see)
        l->see(l->arg, l->pid);
    if (v->key_type)
        typed_walk(v->btf, v->key_type, e->key, v->key_size, &l->options, &numbers);
    if (one_value)
        typed_walk(v->btf, v->value_type, e->value, v->value_size, &l->options, &numbers);
    return true;
}

void stacks_learn(struct stacks *s, const struct typed_options *o, void (*see)(void *arg, uint32_t pid), void *arg)
{
    struct learning l = {
        .stacks = s,
        .options = {.form_of = o->form_of, .form_arg = o->form_arg},
        .see = see,
        .arg = arg,
        .left = STACKS_ENTRIES,
    };
    if (!s->users_known)
        find_users(&l);
    for (size_t i = 0; i < s->n_users; i++) {
        l.user = &s->users[i];
        map_each(l.user, learn_entry, &l, NULL);
    }
}

uint32_t stacks_pid(const struct stacks *s, const char *map, uint32_t id)
{
    for (size_t i = 0; i < s->n_maps; i++)
        if (!strcmp(s->maps[i].name, map))
            return (uint32_t)(uintptr_t)map_get(&s->owners, owner_key(s, &s->maps[i], id));
    return 0;
}
