/* Attaching a loaded program to its target. Descriptors hold the attachment; the kernel detaches when they are closed. */
#include "trace/probes/providers.h"

#include "base/err.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

struct attachment {
    int *fds; /* links, then perf events */
    size_t n_fds;
};

static void keep(struct attachment *a, int fd)
{
    int *more = realloc(a->fds, (a->n_fds + 1) * sizeof *more);
    if (!more) {
        close(fd);
        return;
    }
    a->fds = more;
    a->fds[a->n_fds++] = fd;
}

void probe_detach(struct attachment *a)
{
    if (!a)
        return;
    for (size_t i = 0; i < a->n_fds; i++)
        close(a->fds[i]);
    free(a->fds);
    free(a);
}

/* A number from a file of one line; -errno. */
static long read_number(const char *path)
{
    FILE *f = fopen(path, "re");
    long v;
    if (!f)
        return -errno;
    int n = fscanf(f, "%ld", &v);
    fclose(f);
    return n == 1 ? v : -EINVAL;
}

static int open_event(struct perf_event_attr *attr, pid_t pid, int cpu)
{
    attr->size = sizeof *attr;
    return (int)syscall(SYS_perf_event_open, attr, pid, cpu, -1, PERF_FLAG_FD_CLOEXEC);
}

static int link_event(struct attachment *a, const struct target *t, int program_fd, int event)
{
    LIBBPF_OPTS(bpf_link_create_opts, options, .perf_event.bpf_cookie = t->index);
    keep(a, event);
    int link = bpf_link_create(program_fd, event, BPF_PERF_EVENT, &options);
    if (link < 0)
        return link;
    keep(a, link);
    return 0;
}

static int attach_one_event(struct attachment *a, const struct target *t, int program_fd, struct perf_event_attr *attr, pid_t pid, int cpu)
{
    int event = open_event(attr, pid, cpu);
    return event < 0 ? -errno : link_event(a, t, program_fd, event);
}

static int attach_tracepoint(struct attachment *a, const struct target *t, int program_fd, struct err *why)
{
    char path[512];
    snprintf(path, sizeof path, "%s/events/%s/%s/id", tracefs_path(), t->group, t->what);
    long id = read_number(path);
    if (id < 0)
        return err_set(why, (int)-id, "%s: %s cannot be read: %s", t->name, path, strerror((int)-id));
    struct perf_event_attr attr = {.type = PERF_TYPE_TRACEPOINT, .config = (uint64_t)id, .sample_period = 1};
    int r = attach_one_event(a, t, program_fd, &attr, -1, 0);
    return r < 0 ? err_set(why, -r, "%s: the tracepoint cannot be opened: %s", t->name, strerror(-r)) : 0;
}

static int attach_kprobe(struct attachment *a, const struct target *t, int program_fd, struct err *why)
{
    static const char path[] = "/sys/bus/event_source/devices/kprobe/type";
    long type = read_number(path);
    if (type < 0)
        return err_set(why, ENOENT, "%s: this kernel is built without kprobes (CONFIG_KPROBES)", t->name);
    struct perf_event_attr attr = {.type = (uint32_t)type, .config = t->provider == PROVIDER_KRETPROBE};
    attr.kprobe_func = (uint64_t)(uintptr_t)t->what;
    attr.probe_offset = t->offset;
    int r = attach_one_event(a, t, program_fd, &attr, -1, 0);
    if (r == -ENOENT || r == -EINVAL || r == -EADDRNOTAVAIL)
        return err_set(why, -r, "%s: the kernel has no function of that name that can be probed", t->name);
    return r < 0 ? err_set(why, -r, "%s: the probe cannot be opened: %s", t->name, strerror(-r)) : 0;
}

static int attach_events(struct attachment *a, const struct target *t, int program_fd, const struct probe_scope *scope, struct err *why)
{
    struct perf_event_attr attr = {.type = PERF_TYPE_SOFTWARE, .config = PERF_COUNT_SW_CPU_CLOCK, .sample_period = t->every};
    if (t->provider == PROVIDER_PROFILE && t->is_hz)
        attr.freq = 1;
    if (t->provider != PROVIDER_PROFILE) {
        attr.type = t->provider == PROVIDER_HARDWARE ? PERF_TYPE_HARDWARE : PERF_TYPE_SOFTWARE;
        attr.config = t->offset;
    }
    long cpus = sysconf(_SC_NPROCESSORS_CONF);
    int opened = 0;
    for (int cpu = 0; cpu < cpus; cpu++) {
        int r = attach_one_event(a, t, program_fd, &attr, scope->pid ? scope->pid : -1, cpu);
        if (r == -ENODEV) /* a CPU that is off */
            continue;
        if (r == -ENOENT || r == -EOPNOTSUPP)
            return err_set(why, -r, "%s: this machine has no such counter", t->name);
        if (r < 0)
            return err_set(why, -r, "%s: the event cannot be opened on CPU %d: %s", t->name, cpu, strerror(-r));
        opened++;
    }
    return opened ? 0 : err_set(why, ENODEV, "%s: no CPU has such an event", t->name);
}

static int attach_raw(struct attachment *a, const struct target *t, int program_fd, struct err *why)
{
    int link = bpf_raw_tracepoint_open(t->way == ATTACH_RAW_TRACEPOINT ? t->what : NULL, program_fd);
    if (link < 0)
        return err_set(why, -link, "%s: the kernel refuses to attach: %s", t->name, strerror(-link));
    keep(a, link);
    return 0;
}

struct attachment *probe_attach(const struct target *t, int program_fd, const struct probe_scope *scope, struct err *why)
{
    struct attachment *a = calloc(1, sizeof *a);
    int r = -ENOMEM;
    if (!a)
        return NULL;
    switch (t->way) {
    case ATTACH_RUN: r = 0; break;
    case ATTACH_TRACEPOINT: r = attach_tracepoint(a, t, program_fd, why); break;
    case ATTACH_KPROBE: r = attach_kprobe(a, t, program_fd, why); break;
    case ATTACH_PERF_EVENT: r = attach_events(a, t, program_fd, scope, why); break;
    case ATTACH_RAW_TRACEPOINT:
    case ATTACH_TP_BTF:
    case ATTACH_TRAMPOLINE: r = attach_raw(a, t, program_fd, why); break;
    case ATTACH_UPROBE:
    case ATTACH_ITER: r = err_set(why, ENOTSUP, "%s: cannot be attached yet", t->name); break;
    }
    if (r == 0)
        return a;
    probe_detach(a);
    return NULL;
}
