/* Names for addresses and numbers that values hold. */
#include "trace/run/inside.h"

#include "symbols/kernel.h"
#include "symbols/process.h"
#include "trace/print/names.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>

struct names_state {
    struct session *session;
    struct symbols_kernel *kernel;
    struct symbols_files *files;
    struct symbols_processes *processes;
    struct name_memo users, cgroups;
};

static void add_symbol(const struct symbol *s, bool with_offset, struct text *out)
{
    if (!s->name)
        return;
    text_adds(out, s->name);
    if (with_offset)
        text_addf(out, "+%llu", (unsigned long long)s->offset);
}

static void kernel_symbol(void *arg, uint64_t address, bool with_offset, struct text *out)
{
    struct names_state *n = arg;
    struct symbol s;
    if (symbols_kernel_find(n->kernel, address, &s))
        add_symbol(&s, with_offset, out);
}

static void user_symbol(void *arg, uint64_t address, uint32_t pid, uint32_t probe, bool with_offset, struct text *out)
{
    struct names_state *n = arg;
    struct symbol s;
    (void)probe;
    if (symbols_process_find(n->processes, pid, 0, address, &s))
        add_symbol(&s, with_offset, out);
}

static void user_module(void *arg, uint64_t address, uint32_t pid, uint32_t probe, struct text *out)
{
    struct names_state *n = arg;
    struct symbol s;
    (void)probe;
    if (symbols_process_find(n->processes, pid, 0, address, &s) && s.module)
        text_adds(out, s.module);
}

/* The map that holds stacks of so many frames. */
static int stack_map(const struct session *r, bool user, uint32_t frames)
{
    const struct unit *u = r->unit;
    for (uint32_t i = 0; i < u->n_stack_maps; i++)
        if (u->stack_maps[i] == frames)
            return r->map_fds[UNIT_MAPS + u->n_maps + i];
    return r->map_fds[user ? UNIT_USTACKS : UNIT_KSTACKS];
}

static int stack(void *arg, bool user, const struct value_stack *s, uint64_t *frames, uint32_t most)
{
    const struct names_state *n = arg;
    uint64_t all[STACK_FRAMES_MAX] = {0};
    if (s->id < 0)
        return s->id;
    uint32_t id = (uint32_t)s->id;
    if (bpf_map_lookup_elem(stack_map(n->session, user, s->frames), &id, all))
        return -errno;
    uint32_t count = 0;
    while (count < STACK_FRAMES_MAX && count < most && all[count]) {
        frames[count] = all[count];
        count++;
    }
    return (int)count;
}

static void user_name(void *arg, uint32_t uid, struct text *out)
{
    struct names_state *n = arg;
    char room[1024];
    struct passwd entry;
    struct passwd *found = NULL;
    if (name_memo_find(&n->users, uid, 0, out))
        return;
    size_t before = out->length;
    if (!getpwuid_r(uid, &entry, room, sizeof room, &found) && found)
        text_adds(out, found->pw_name);
    else
        text_add_u64(out, uid);
    if (!out->full)
        name_memo_keep(&n->users, uid, 0, out->bytes + before, out->length - before);
}

static void probe_name(void *arg, uint64_t index, struct text *out)
{
    const struct names_state *n = arg;
    uint64_t target = index & ~(uint64_t)UNIT_FUNCTION_OF;
    if (target >= n->session->unit->n_targets)
        return;
    const struct target *t = n->session->unit->targets[target];
    text_adds(out, target != index && t->what ? t->what : t->name);
}

static const char *string_at(const struct names_state *n, uint32_t index)
{
    const struct unit *u = n->session->unit;
    return index < u->n_strings ? u->strings[index] : NULL;
}

static void timestamp(void *arg, const struct value_timestamp *t, struct text *out)
{
    const char *format = string_at(arg, t->format);
    if (format)
        name_timestamp(format, t->ns, (enum print_clock)t->mode, out);
}

static void cgroup_path(void *arg, const struct value_cgroup_path *p, struct text *out)
{
    struct names_state *n = arg;
    if (name_memo_find(&n->cgroups, p->id, p->glob, out))
        return;
    size_t before = out->length;
    name_cgroup_path(p->id, string_at(n, p->glob), out);
    if (out->length > before && !out->full) /* what is not there may come */
        name_memo_keep(&n->cgroups, p->id, p->glob, out->bytes + before, out->length - before);
}

int session_names_open(struct session *r)
{
    struct names_state *n = calloc(1, sizeof *n);
    if (!n)
        return -ENOMEM;
    n->session = r;
    n->kernel = symbols_kernel_create();
    n->files = symbols_files_create(0);
    n->processes = symbols_processes_create(n->files);
    r->names_state = n;
    r->names = (struct print_names){.arg = n,
                                    .kernel_symbol = kernel_symbol,
                                    .user_symbol = user_symbol,
                                    .user_module = user_module,
                                    .stack = stack,
                                    .user_name = user_name,
                                    .probe_name = probe_name,
                                    .timestamp = timestamp,
                                    .cgroup_path = cgroup_path};
    r->style =
        (struct print_style){.form = r->options->form, .names = &r->names, .cut_trailer = "..", .cut_size = r->unit->settings.max_strlen};
    return n->kernel && n->files && n->processes ? 0 : -ENOMEM;
}

void session_names_close(struct session *r)
{
    struct names_state *n = r->names_state;
    if (!n)
        return;
    name_memo_free(&n->users);
    name_memo_free(&n->cgroups);
    symbols_processes_destroy(n->processes);
    symbols_files_destroy(n->files);
    symbols_kernel_destroy(n->kernel);
    free(n);
}
