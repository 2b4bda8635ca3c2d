#include "kernel/load.h"

#include "base/log.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    MAX_LINKS = UNIT_MAX_PROGRAMS,
    LOG_BYTES = 16 * 1024 * 1024, /* kernels before 6.4 keep the head of a log that does not fit, and the reason is at its end */
};

struct kernel_loaded {
    const struct kernel_plan *plan;
    struct bpf_object *object;
    struct bpf_link *links[MAX_LINKS];
    char link_program[MAX_LINKS][UNIT_NAME];
    size_t n_links;
    int fds[UNIT_MAX_MAPS + UNIT_MAX_PROGRAMS]; /* of maps and programs, once the object is closed */
    size_t n_fds;
    int way[UNIT_MAX_HOOKS]; /* the way in use, n_ways: none left */
    char *log;               /* the verifier's words about the program that failed */
};

/* Mechanisms that this kernel was seen to refuse altogether, with the reason: not tried again. */
static char refused[MECHANISM_COUNT][128];

static char last_words[512]; /* libbpf's last warning */
static char failed_program[UNIT_NAME];

static int on_libbpf(enum libbpf_print_level level, const char *format, va_list ap)
{
    char line[2048];
    vsnprintf(line, sizeof line, format, ap);
    line[strcspn(line, "\n")] = '\0';
    if (level == LIBBPF_WARN) {
        const char *words = !strncmp(line, "libbpf: ", 8) ? line + 8 : line;
        char name[64];
        if (sscanf(words, "prog '%63[^']': failed to load", name) == 1)
            snprintf(failed_program, sizeof failed_program, "%.31s", name);
        snprintf(last_words, sizeof last_words, "%.500s", words);
    }
    if (level != LIBBPF_DEBUG)
        log_debug("%s", line);
    return 0;
}

void kernel_init(void)
{
    libbpf_set_print(on_libbpf);
    libbpf_set_strict_mode(LIBBPF_STRICT_ALL);
}

static const struct hook_way *way_of(const struct kernel_loaded *k, size_t hook)
{
    const struct hook *h = &k->plan->hooks[hook];
    return (size_t)k->way[hook] < h->n_ways ? &h->ways[k->way[hook]] : NULL;
}

static void add_reason(struct unit_hook *state, enum mechanism m, const char *program, const char *reason)
{
    size_t used = strlen(state->why);
    snprintf(state->why + used, sizeof state->why - used, "%s%s (%s): %s", used ? "; " : "", mechanism_name(m), program, reason);
}

/* Leaves the present way of a hook, with the reason. */
static void next_way(struct kernel_loaded *k, struct kernel_unit *unit, size_t hook, const char *program, const char *reason)
{
    const struct hook_way *w = way_of(k, hook);
    add_reason(&unit->hooks[hook], w->mechanism, program, reason);
    k->way[hook]++;
}

/* Passes over ways whose mechanism is known to be refused. */
static void skip_refused(struct kernel_loaded *k, struct kernel_unit *unit)
{
    for (size_t i = 0; i < k->plan->n_hooks; i++)
        for (const struct hook_way *w; (w = way_of(k, i)) && refused[w->mechanism][0];)
            next_way(k, unit, i, w->programs[0], refused[w->mechanism]);
}

static bool way_uses(const struct hook_way *w, const char *program)
{
    for (size_t i = 0; w && i < WAY_PROGRAMS && w->programs[i]; i++)
        if (!strcmp(w->programs[i], program))
            return true;
    return false;
}

static int hook_using(const struct kernel_loaded *k, const char *program)
{
    for (size_t i = 0; i < k->plan->n_hooks; i++)
        if (way_uses(way_of(k, i), program))
            return (int)i;
    return -1;
}

static int open_object(struct kernel_loaded *k, const struct config_section *config, struct err *why)
{
    size_t size;
    const void *image = k->plan->object(&size);
    LIBBPF_OPTS(bpf_object_open_opts, opts);
    k->object = bpf_object__open_mem(image, size, &opts);
    if (!k->object)
        return err_set(why, errno, "the kernel program's object cannot be opened: %s", last_words[0] ? last_words : strerror(errno));
    if (k->plan->configure) {
        int rc = k->plan->configure(k->object, config, why);
        if (rc < 0)
            return rc;
    }
    struct bpf_program *p;
    bpf_object__for_each_program(p, k->object)
    {
        bpf_program__set_autoload(p, hook_using(k, bpf_program__name(p)) >= 0);
        bpf_program__set_log_buf(p, k->log, LOG_BYTES);
    }
    return 0;
}

/* The last line of a verifier log that says what is wrong. */
static void last_log_line(const char *log, char *out, size_t size)
{
    const char *best = "", *p = log;
    size_t best_n = 0;
    while (*p) {
        size_t n = strcspn(p, "\n");
        if (n && strncmp(p, "processed ", 10) && strncmp(p, "-- END", 6) && strncmp(p, "verification time", 17) &&
            strncmp(p, "stack depth", 11)) {
            best = p;
            best_n = n;
        }
        p += n + (p[n] == '\n');
    }
    snprintf(out, size, "%.*s", (int)(best_n > 160 ? 160 : best_n), best);
}

static void forget_object(struct kernel_loaded *k)
{
    for (size_t i = 0; i < k->n_links; i++)
        bpf_link__destroy(k->links[i]);
    k->n_links = 0;
    bpf_object__close(k->object);
    k->object = NULL;
}

/* A program was refused: notes the reason and moves its hook on. False when the failure cannot be blamed on one program. */
static bool blame_load(struct kernel_loaded *k, struct kernel_unit *unit, int error)
{
    int hook = failed_program[0] ? hook_using(k, failed_program) : -1;
    if (hook < 0)
        return false;
    char reason[256], line[200];
    last_log_line(k->log, line, sizeof line);
    if (line[0])
        snprintf(reason, sizeof reason, "refused at load: %s", line);
    else if (error == ESRCH) /* libbpf did not find its target in the kernel's description of its types */
        snprintf(reason, sizeof reason, "this kernel lacks what it attaches to");
    else
        snprintf(reason, sizeof reason, "refused at load: %s", strerror(error));
    enum mechanism m = way_of(k, (size_t)hook)->mechanism;
    if (!line[0] && error == EPERM && (m == BY_FENTRY || m == BY_FEXIT)) {
        snprintf(refused[BY_FENTRY], sizeof refused[0], "this kernel refuses fentry and fexit programs (EPERM at load)");
        memcpy(refused[BY_FEXIT], refused[BY_FENTRY], sizeof refused[0]);
    }
    next_way(k, unit, (size_t)hook, failed_program, reason);
    return true;
}

static bool no_kprobes(void)
{
    return access("/sys/bus/event_source/devices/kprobe/type", R_OK) != 0;
}

static void blame_attach(struct kernel_loaded *k, struct kernel_unit *unit, size_t hook, const char *program, int error)
{
    char reason[256];
    enum mechanism m = way_of(k, hook)->mechanism;
    if ((m == BY_KPROBE || m == BY_KRETPROBE) && no_kprobes()) {
        snprintf(refused[BY_KPROBE], sizeof refused[0], "this kernel is built without kprobes");
        memcpy(refused[BY_KRETPROBE], refused[BY_KPROBE], sizeof refused[0]);
        snprintf(reason, sizeof reason, "%s", refused[BY_KPROBE]);
    } else if (m == BY_TRACEPOINT && error == ENOENT) {
        snprintf(reason, sizeof reason, "this kernel has no such tracepoint, or tracefs is not mounted");
    } else if (m == BY_RAW_TP && error == ENOENT) {
        snprintf(reason, sizeof reason, "this kernel has no such tracepoint");
    } else {
        snprintf(reason, sizeof reason, "cannot be attached: %s", strerror(error));
    }
    next_way(k, unit, hook, program, reason);
}

/* The root of the cgroup2 hierarchy: alone, or beside version 1. */
static int open_cgroup_root(void)
{
    static const char *const places[] = {"/sys/fs/cgroup/unified", "/sys/fs/cgroup"};
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        char probe[64];
        snprintf(probe, sizeof probe, "%s/cgroup.controllers", places[i]);
        if (access(probe, R_OK) == 0)
            return open(places[i], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    }
    errno = ENOENT;
    return -1;
}

static struct bpf_link *attach_cgroup(struct bpf_program *p)
{
    int fd = open_cgroup_root();
    if (fd < 0)
        return NULL;
    struct bpf_link *link = bpf_program__attach_cgroup(p, fd);
    int saved = errno;
    close(fd);
    errno = saved;
    return link;
}

/* An iterator over the elements of a map is attached to that map. */
static struct bpf_link *attach_map_iter(struct bpf_program *p, const struct bpf_map *map)
{
    union bpf_iter_link_info info = {.map.map_fd = (__u32)bpf_map__fd(map)};
    LIBBPF_OPTS(bpf_iter_attach_opts, opts, .link_info = &info, .link_info_len = sizeof info);
    return bpf_program__attach_iter(p, &opts);
}

static struct bpf_link *attach_program(const struct kernel_loaded *k, struct bpf_program *p, const struct hook_way *w)
{
    if (w->mechanism == BY_CGROUP)
        return attach_cgroup(p);
    if (!w->map)
        return bpf_program__attach(p);
    struct bpf_map *map = bpf_object__find_map_by_name(k->object, w->map);
    if (map)
        return attach_map_iter(p, map);
    errno = ENOENT;
    return NULL;
}

static bool attach_way(struct kernel_loaded *k, struct kernel_unit *unit, size_t hook)
{
    const struct hook_way *w = way_of(k, hook);
    for (size_t i = 0; i < WAY_PROGRAMS && w->programs[i]; i++) {
        struct bpf_program *p = bpf_object__find_program_by_name(k->object, w->programs[i]);
        struct bpf_link *link = p && k->n_links < MAX_LINKS ? attach_program(k, p, w) : NULL;
        if (!link) {
            blame_attach(k, unit, hook, w->programs[i], p ? errno : ENOENT);
            return false;
        }
        snprintf(k->link_program[k->n_links], UNIT_NAME, "%s", w->programs[i]);
        k->links[k->n_links++] = link;
    }
    return true;
}

static bool attach_all(struct kernel_loaded *k, struct kernel_unit *unit)
{
    for (size_t i = 0; i < k->plan->n_hooks; i++)
        if (way_of(k, i) && !attach_way(k, unit, i))
            return false;
    return true;
}

static bool any_way(const struct kernel_loaded *k)
{
    for (size_t i = 0; i < k->plan->n_hooks; i++)
        if (way_of(k, i) && !way_of(k, i)->shared)
            return true;
    return false;
}

static int refuse_object(int rc, struct err *why)
{
    if (access("/sys/kernel/btf/vmlinux", R_OK) != 0)
        return err_set(why, ENOTSUP,
                       "this kernel does not describe its types (/sys/kernel/btf/vmlinux is missing; it needs CONFIG_DEBUG_INFO_BTF), "
                       "so no kernel program can be fitted to it");
    return err_set(why, -rc, "the kernel refuses the program object: %s (%s)", last_words[0] ? last_words : "no reason given",
                   strerror(-rc));
}

/* One try with the present ways. 1: done; 0: a way was given up, try again; negative: nothing can be done. */
static int try_load(struct kernel_loaded *k, const struct config_section *config, struct kernel_unit *unit, struct err *why)
{
    skip_refused(k, unit);
    if (!any_way(k))
        return err_set(why, ENOTSUP, "no hook has a way on this kernel: %s", unit->n_hooks ? unit->hooks[0].why : "");
    last_words[0] = failed_program[0] = k->log[0] = '\0';
    int rc = open_object(k, config, why);
    if (rc < 0)
        return rc;
    rc = bpf_object__load(k->object);
    if (rc < 0) {
        if (blame_load(k, unit, -rc))
            return 0;
        return refuse_object(rc, why);
    }
    return attach_all(k, unit) ? 1 : 0;
}

/* A hook that is served by another's programs stands or falls with it. */
static void describe_shared(struct kernel_unit *unit, struct unit_hook *h, const char *shared)
{
    const struct unit_hook *from = unit_hook(unit, shared);
    if (!from || from->way < 0) {
        add_reason(h, BY_TP_BTF, shared, "that hook has no way");
        h->way = h->mechanism = -1;
        return;
    }
    h->mechanism = from->mechanism;
    memcpy(h->target, from->target, sizeof h->target);
}

static void describe_hook(const struct kernel_loaded *k, struct kernel_unit *unit, size_t i)
{
    struct unit_hook *h = &unit->hooks[i];
    const struct hook_way *w = way_of(k, i);
    h->way = w ? k->way[i] : -1;
    h->mechanism = w ? (int)w->mechanism : -1;
    h->target[0] = '\0';
    if (!w || !k->object)
        return;
    if (w->shared) {
        describe_shared(unit, h, w->shared);
        return;
    }
    struct bpf_program *p = bpf_object__find_program_by_name(k->object, w->programs[0]);
    if (p)
        snprintf(h->target, sizeof h->target, "%s", bpf_program__section_name(p));
}

static void describe_hooks(const struct kernel_loaded *k, struct kernel_unit *unit)
{
    for (size_t i = 0; i < k->plan->n_hooks; i++)
        describe_hook(k, unit, i);
}

static void describe_maps(const struct kernel_loaded *k, struct kernel_unit *unit)
{
    struct bpf_map *m;
    bpf_object__for_each_map(m, k->object)
    {
        if (unit->n_maps == UNIT_MAX_MAPS || bpf_map__fd(m) < 0)
            continue;
        struct unit_map *u = &unit->maps[unit->n_maps++];
        snprintf(u->name, sizeof u->name, "%s", bpf_map__name(m));
        u->type = bpf_map__type(m);
        u->key_size = bpf_map__key_size(m);
        u->value_size = bpf_map__value_size(m);
        u->max_entries = bpf_map__max_entries(m);
        u->fd = bpf_map__fd(m);
    }
}

static void describe_programs(const struct kernel_loaded *k, struct kernel_unit *unit)
{
    struct bpf_program *p;
    bpf_object__for_each_program(p, k->object)
    {
        int hook = hook_using(k, bpf_program__name(p));
        if (hook < 0 || bpf_program__fd(p) < 0 || unit->n_programs == UNIT_MAX_PROGRAMS)
            continue;
        struct unit_program *u = &unit->programs[unit->n_programs++];
        snprintf(u->name, sizeof u->name, "%s", bpf_program__name(p));
        u->hook = (uint32_t)hook;
        u->fd = bpf_program__fd(p);
    }
}

static void name_hooks(const struct kernel_plan *plan, struct kernel_unit *unit)
{
    memset(unit, 0, sizeof *unit);
    unit->n_hooks = (uint32_t)(plan->n_hooks < UNIT_MAX_HOOKS ? plan->n_hooks : UNIT_MAX_HOOKS);
    for (size_t i = 0; i < unit->n_hooks; i++)
        snprintf(unit->hooks[i].name, sizeof unit->hooks[i].name, "%s", plan->hooks[i].name);
}

static int keep_fd(struct kernel_loaded *k, int fd)
{
    int kept = fcntl(fd, F_DUPFD_CLOEXEC, 3);
    if (kept >= 0)
        k->fds[k->n_fds++] = kept;
    return kept;
}

/* Keeps descriptors and links, and lets go of the object: its ELF image, BTF and instructions are megabytes. */
static void settle(struct kernel_loaded *k, struct kernel_unit *unit)
{
    for (uint32_t i = 0; i < unit->n_maps; i++)
        unit->maps[i].fd = keep_fd(k, unit->maps[i].fd);
    for (uint32_t i = 0; i < unit->n_programs; i++)
        unit->programs[i].fd = keep_fd(k, unit->programs[i].fd);
    bpf_object__close(k->object);
    k->object = NULL;
    malloc_trim(0);
}

/* Nothing was loaded: hooks without a reason of their own get the common one. */
static void refuse_hooks(struct kernel_unit *unit, const struct err *why)
{
    for (uint32_t i = 0; i < unit->n_hooks; i++) {
        unit->hooks[i].way = unit->hooks[i].mechanism = -1;
        if (!unit->hooks[i].why[0])
            snprintf(unit->hooks[i].why, sizeof unit->hooks[i].why, "%.500s", why->text);
    }
}

struct kernel_loaded *kernel_load(const struct kernel_plan *plan, const struct config_section *config, struct kernel_unit *unit,
                                  struct err *why)
{
    struct kernel_loaded *k = calloc(1, sizeof *k);
    char *log = malloc(LOG_BYTES);
    name_hooks(plan, unit);
    if (!k || !log || plan->n_hooks > UNIT_MAX_HOOKS) {
        err_set(why, ENOMEM, "out of memory");
        free(k);
        free(log);
        return NULL;
    }
    k->plan = plan;
    k->log = log;
    int rc;
    while ((rc = try_load(k, config, unit, why)) == 0)
        forget_object(k);
    if (rc > 0) {
        describe_hooks(k, unit);
        describe_maps(k, unit);
        describe_programs(k, unit);
        settle(k, unit);
    } else {
        forget_object(k);
        refuse_hooks(unit, why);
    }
    free(k->log);
    k->log = NULL;
    if (rc < 0) {
        free(k);
        return NULL;
    }
    return k;
}

int kernel_open_iter(struct kernel_loaded *k, const char *program, struct err *why)
{
    for (size_t i = 0; i < k->n_links; i++) {
        if (strcmp(k->link_program[i], program))
            continue;
        int fd = bpf_iter_create(bpf_link__fd(k->links[i]));
        return fd >= 0 ? fd : err_set(why, errno, "iterator %s: cannot be opened: %s", program, strerror(errno));
    }
    return err_set(why, ENOENT, "iterator %s is not attached", program);
}

void kernel_unload(struct kernel_loaded *k)
{
    if (!k)
        return;
    forget_object(k);
    for (size_t i = 0; i < k->n_fds; i++)
        close(k->fds[i]);
    free(k);
}
