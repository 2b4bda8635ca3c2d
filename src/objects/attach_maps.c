/* Programs that act through a map or a device, walk over things, or run when told to. */
#include "objects/attach.h"

#include <bpf/bpf.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Links came late to these: attached to a descriptor, detached from it in the end. */
static void undo_attach(struct attachment *a)
{
    bpf_prog_detach2(bpf_program__fd(a->place->program), a->target_fd, (enum bpf_attach_type)a->undo_type);
}

static int attach_to_fd(const struct attach_place *p, struct attachment *a, enum bpf_attach_type type, struct err *why)
{
    int rc = bpf_prog_attach(bpf_program__fd(p->program), a->target_fd, type, 0);
    if (rc)
        return err_set(why, -rc, "%s", strerror(-rc));
    a->undo = undo_attach;
    a->undo_type = (int)type;
    return 0;
}

static bool is_sockmap(const struct bpf_map *m)
{
    return bpf_map__type(m) == BPF_MAP_TYPE_SOCKMAP || bpf_map__type(m) == BPF_MAP_TYPE_SOCKHASH;
}

/* The sockmap that was named, or the only one. */
static struct bpf_map *find_sockmap(const struct attach_place *p, struct err *why)
{
    struct bpf_map *m, *found = NULL;
    unsigned n = 0;
    bpf_object__for_each_map(m, p->object)
    {
        if (!is_sockmap(m) || (*p->target && strcmp(p->target, bpf_map__name(m)) != 0))
            continue;
        found = m;
        n++;
    }
    if (n == 1)
        return found;
    if (!n)
        err_set(why, ENOENT, "the object has no such sockmap or sockhash");
    else
        err_set(why, EINVAL, "the object has %u sockmaps; give --attach %s=sockmap:MAP", n, bpf_program__name(p->program));
    return NULL;
}

int attach_sockmap(const struct attach_place *p, struct attachment *a, struct err *why)
{
    const struct bpf_map *m = find_sockmap(p, why);
    if (!m)
        return -why->code;
    snprintf(a->where, sizeof a->where, "sockmap %s", bpf_map__name(m));
    a->target_fd = fcntl(bpf_map__fd(m), F_DUPFD_CLOEXEC, 3);
    enum bpf_attach_type type = bpf_program__expected_attach_type(p->program);
    if (bpf_program__type(p->program) == BPF_PROG_TYPE_SK_SKB && type != BPF_SK_SKB_STREAM_PARSER && type != BPF_SK_SKB_STREAM_VERDICT)
        type = BPF_SK_SKB_VERDICT;
    return attach_to_fd(p, a, type, why);
}

int attach_lirc(const struct attach_place *p, struct attachment *a, struct err *why)
{
    a->target_fd = open(p->target, O_RDONLY | O_CLOEXEC);
    if (a->target_fd < 0)
        return err_set(why, errno, "%s: %s", p->target, strerror(errno));
    return attach_to_fd(p, a, BPF_LIRC_MODE2, why);
}

int attach_prog_array(const struct attach_place *p, struct attachment *a, struct err *why)
{
    char name[64];
    const char *rest;
    char *end = NULL;
    (void)a;
    if (!target_split(p->target, ':', name, sizeof name, &rest) || !*rest)
        return err_set(why, EINVAL, "the target is not MAP:INDEX");
    uint32_t index = (uint32_t)strtoul(rest, &end, 0), fd = (uint32_t)bpf_program__fd(p->program);
    const struct bpf_map *m = bpf_object__find_map_by_name(p->object, name);
    if (*end)
        return err_set(why, EINVAL, "\"%.20s\" is not a number", rest);
    if (!m || bpf_map__type(m) != BPF_MAP_TYPE_PROG_ARRAY)
        return err_set(why, ENOENT, "the object has no map of programs named \"%s\"", name);
    int rc = bpf_map_update_elem(bpf_map__fd(m), &index, &fd, BPF_ANY);
    return rc ? err_set(why, -rc, "%s", strerror(-rc)) : 0;
}

/* What an iterator is limited to. */
struct iter_limit {
    union bpf_iter_link_info info;
    bool given;
};

static int limit_to_map(const struct attach_place *p, const char *name, struct iter_limit *l, struct err *why)
{
    const struct bpf_map *m = bpf_object__find_map_by_name(p->object, name);
    if (!m)
        return err_set(why, ENOENT, "the object has no map \"%s\"", name);
    l->info.map.map_fd = (uint32_t)bpf_map__fd(m);
    l->given = true;
    return 0;
}

static int limit_to_cgroup(struct attachment *a, const char *path, struct iter_limit *l, struct err *why)
{
    a->target_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (a->target_fd < 0)
        return err_set(why, errno, "%s: %s", path, strerror(errno));
    l->info.cgroup.order = BPF_CGROUP_ITER_DESCENDANTS_PRE;
    l->info.cgroup.cgroup_fd = (uint32_t)a->target_fd;
    l->given = true;
    return 0;
}

static int read_limit(const struct attach_place *p, struct attachment *a, const char *words, struct iter_limit *l, struct err *why)
{
    *l = (struct iter_limit){0};
    if (!strncmp(words, "map=", 4))
        return limit_to_map(p, words + 4, l, why);
    if (!strncmp(words, "cgroup=", 7))
        return limit_to_cgroup(a, words + 7, l, why);
    const char *pid = !strncmp(words, "pid=", 4) ? words + 4 : NULL;
    if (*words && !pid)
        return err_set(why, EINVAL, "\"%.60s\" is not map=NAME, pid=N or cgroup=PATH", words);
    if (pid || (p->options->pid >= 0 && !strncmp(p->target, "task", 4))) {
        l->info.task.pid = pid ? (uint32_t)strtoul(pid, NULL, 10) : (uint32_t)p->options->pid;
        l->given = true;
    }
    return 0;
}

int attach_iter(const struct attach_place *p, struct attachment *a, struct err *why)
{
    char things[160];
    const char *rest = "";
    struct iter_limit limit;
    if (!target_split(p->target, ':', things, sizeof things, &rest))
        return err_set(why, EINVAL, "the target is not %s", p->kind->target);
    int rc = read_limit(p, a, rest, &limit, why);
    if (rc)
        return rc;
    LIBBPF_OPTS(bpf_iter_attach_opts, opts, .link_info = &limit.info, .link_info_len = sizeof limit.info);
    a->link = bpf_program__attach_iter(p->program, limit.given ? &opts : NULL);
    if (a->link)
        return 0;
    if (errno == EBADF && !limit.given)
        return err_set(why, EBADF, "it walks over the elements of a map; name it: --attach %s=iter:%s:map=NAME",
                       bpf_program__name(p->program), things);
    return err_set(why, errno, "%s", strerror(errno));
}

int attach_run(const struct attach_place *p, struct attachment *a, struct err *why)
{
    LIBBPF_OPTS(bpf_test_run_opts, opts);
    int rc = bpf_prog_test_run_opts(bpf_program__fd(p->program), &opts);
    snprintf(a->where, sizeof a->where, "run once, returned %d", (int)opts.retval);
    return rc ? err_set(why, -rc, "%s", strerror(-rc)) : 0;
}
