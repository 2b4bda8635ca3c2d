/* Attaching to the kernel's own code: functions, tracepoints, security hooks. */
#include "objects/attach.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool is_return(const struct attach_place *p)
{
    return !strncmp(p->kind->name, "kret", 4);
}

static bool has_kprobes(void)
{
    return access("/sys/bus/event_source/devices/kprobe/type", R_OK) == 0;
}

static int refuse_function(const char *function, int error, struct err *why)
{
    if (!has_kprobes())
        return err_set(why, error,
                       "this kernel is built without kprobes (CONFIG_KPROBES); a tracepoint or a tp_btf program may do instead");
    if (error == ENOENT)
        return err_set(why, error,
                       "this kernel has no such function, or the compiler has put it into its callers; look for another name in "
                       "/proc/kallsyms (wanted: %s)",
                       function);
    if (error == EINVAL || error == EADDRNOTAVAIL)
        return err_set(why, error, "the kernel does not let %s be probed (%s)", function, strerror(error));
    return err_set(why, error, "%s", strerror(error));
}

/* "func+0x10" */
static int split_offset(const char *target, char *function, size_t size, size_t *offset, struct err *why)
{
    const char *rest;
    char *end = NULL;
    *offset = 0;
    if (!target_split(target, '+', function, size, &rest))
        return err_set(why, EINVAL, "the target is not FUNCTION or FUNCTION+OFFSET");
    if (*rest)
        *offset = strtoul(rest, &end, 0);
    return *rest && *end ? err_set(why, EINVAL, "\"%.40s\" is not an offset in bytes", rest) : 0;
}

int attach_kprobe(const struct attach_place *p, struct attachment *a, struct err *why)
{
    char function[256];
    LIBBPF_OPTS(bpf_kprobe_opts, opts, .retprobe = is_return(p));
    int rc = split_offset(p->target, function, sizeof function, &opts.offset, why);
    if (rc)
        return rc;
    a->link = bpf_program__attach_kprobe_opts(p->program, function, &opts);
    return a->link ? 0 : refuse_function(function, errno, why);
}

int attach_kprobe_multi(const struct attach_place *p, struct attachment *a, struct err *why)
{
    LIBBPF_OPTS(bpf_kprobe_multi_opts, opts, .retprobe = is_return(p));
    a->link = bpf_program__attach_kprobe_multi_opts(p->program, p->target, &opts);
    if (a->link)
        return 0;
    int error = errno;
    if (error == ENOENT)
        return err_set(why, error, "no function of this kernel that can be probed matches");
    if (error == EOPNOTSUPP || error == EINVAL)
        return err_set(why, error, "this kernel does not offer kprobe.multi (it needs CONFIG_FPROBE); a kprobe may do instead");
    return refuse_function(p->target, error, why);
}

int attach_ksyscall(const struct attach_place *p, struct attachment *a, struct err *why)
{
    LIBBPF_OPTS(bpf_ksyscall_opts, opts, .retprobe = is_return(p));
    a->link = bpf_program__attach_ksyscall(p->program, p->target, &opts);
    return a->link ? 0 : refuse_function(p->target, errno, why);
}

int attach_tracepoint(const struct attach_place *p, struct attachment *a, struct err *why)
{
    char group[128];
    const char *name;
    char separator = strchr(p->target, '/') ? '/' : ':';
    if (!target_split(p->target, separator, group, sizeof group, &name) || !*name)
        return err_set(why, EINVAL, "the target is not GROUP/NAME, like syscalls/sys_enter_openat");
    a->link = bpf_program__attach_tracepoint(p->program, group, name);
    if (a->link)
        return 0;
    if (errno != ENOENT)
        return err_set(why, errno, "%s", strerror(errno));
    if (access("/sys/kernel/tracing/events", F_OK) != 0)
        return err_set(why, ENOENT,
                       "tracefs is not mounted, and this process may not mount it: mount -t tracefs tracefs /sys/kernel/tracing");
    return err_set(why, ENOENT, "this kernel has no such tracepoint; those of the group are in /sys/kernel/tracing/events/%s", group);
}

int attach_raw_tracepoint(const struct attach_place *p, struct attachment *a, struct err *why)
{
    a->link = bpf_program__attach_raw_tracepoint(p->program, p->target);
    if (a->link)
        return 0;
    if (errno == ENOENT)
        return err_set(why, ENOENT, "this kernel has no such tracepoint; the names are the folders in /sys/kernel/tracing/events/*/");
    return err_set(why, errno, "%s", strerror(errno));
}

static int set_traced(const struct attach_place *p, int program_fd, const char *name, struct err *why)
{
    int rc = bpf_program__set_attach_target(p->program, program_fd, name);
    if (!rc)
        return 0;
    if (rc == -ENOENT || rc == -ESRCH)
        return err_set(why, ENOENT, "%s: this kernel's type information has no %s for %s", bpf_program__name(p->program), name,
                       p->kind->name);
    return err_set(why, -rc, "%s: %s cannot be its target: %s", bpf_program__name(p->program), name, strerror(-rc));
}

/* The section already named the target, unless the command line did. */
int prepare_traced(const struct attach_place *p, struct err *why)
{
    char name[160];
    const char *rest;
    if (!p->chosen || !*p->target)
        return 0;
    if (!target_split(p->target, ':', name, sizeof name, &rest))
        return err_set(why, EINVAL, "%s: the target is not %s", bpf_program__name(p->program), p->kind->target);
    return set_traced(p, 0, name, why);
}

int prepare_freplace(const struct attach_place *p, struct err *why)
{
    char id[16];
    const char *function;
    if (!target_split(p->target, ':', id, sizeof id, &function) || !*function)
        return *p->target ? err_set(why, EINVAL, "%s: the target is not PROGRAM-ID:FUNCTION", bpf_program__name(p->program)) : 0;
    int fd = bpf_prog_get_fd_by_id((uint32_t)strtoul(id, NULL, 10));
    if (fd < 0)
        return err_set(why, -fd, "%s: there is no BPF program with the id %s (bpftool prog shows them): %s", bpf_program__name(p->program),
                       id, strerror(-fd));
    int rc = set_traced(p, fd, function, why);
    close(fd);
    return rc;
}

int attach_traced(const struct attach_place *p, struct attachment *a, struct err *why)
{
    bool lsm = bpf_program__type(p->program) == BPF_PROG_TYPE_LSM;
    a->link = lsm ? bpf_program__attach_lsm(p->program) : bpf_program__attach_trace(p->program);
    if (a->link)
        return 0;
    if (lsm && errno == EINVAL)
        return err_set(why, EINVAL, "this kernel does not ask BPF programs about security (bpf is missing in /sys/kernel/security/lsm)");
    if (errno == EBUSY)
        return err_set(why, EBUSY, "another tracer holds the function");
    return err_set(why, errno, "%s", strerror(errno));
}
