/* Perf events: tracepoints, timers, counters. */
#include "trace/probes/attach.h"

#include "base/err.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/hw_breakpoint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

long attach_read_number(const char *path)
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
    if (probe_keep_fd(a, event) < 0)
        return -ENOMEM;
    int link = bpf_link_create(program_fd, event, BPF_PERF_EVENT, &options);
    if (link < 0)
        return link;
    return probe_keep_fd(a, link);
}

int attach_perf(struct attachment *a, const struct target *t, int program_fd, struct perf_event_attr *attr, pid_t pid, int cpu)
{
    int event = open_event(attr, pid, cpu);
    return event < 0 ? -errno : link_event(a, t, program_fd, event);
}

int attach_perf_tracepoint(struct attachment *a, const struct target *t, int program_fd, struct err *why)
{
    char path[512];
    snprintf(path, sizeof path, "%s/events/%s/%s/id", tracefs_path(), t->group, t->what);
    long id = attach_read_number(path);
    if (id < 0)
        return err_set(why, (int)-id, "%s: %s cannot be read: %s", t->name, path, strerror((int)-id));
    struct perf_event_attr attr = {.type = PERF_TYPE_TRACEPOINT, .config = (uint64_t)id, .sample_period = 1};
    int r = attach_perf(a, t, program_fd, &attr, -1, 0);
    return r < 0 ? err_set(why, -r, "%s: the tracepoint cannot be opened: %s", t->name, strerror(-r)) : 0;
}

/* Of a process, at an address of its own; without one in the kernel, on every CPU. */
static int attach_watchpoint(struct attachment *a, const struct target *t, int program_fd, const struct probe_scope *scope, struct err *why)
{
    struct perf_event_attr attr = {.type = PERF_TYPE_BREAKPOINT, .sample_period = 1, .bp_type = (uint32_t)t->counter};
    attr.bp_addr = t->offset;
    attr.bp_len = t->counter == HW_BREAKPOINT_X ? sizeof(long) : t->every;
    long cpus = scope->pid ? 1 : sysconf(_SC_NPROCESSORS_CONF);
    for (int cpu = 0; cpu < cpus; cpu++) {
        int r = attach_perf(a, t, program_fd, &attr, scope->pid ? scope->pid : -1, scope->pid ? -1 : cpu);
        if (r == -ENOSPC)
            return err_set(why, ENOSPC, "%s: the CPU has no watchpoint left: it has few, and others use them", t->name);
        if (r == -ENOENT || r == -EOPNOTSUPP)
            return err_set(why, -r, "%s: this machine has no watchpoints", t->name);
        if (r < 0)
            return err_set(why, -r, "%s: the kernel refuses the watchpoint (the address, a multiple of its length, is one of %s): %s",
                           t->name, scope->pid ? "the process" : "the kernel; -p or -c make it one of a process", strerror(-r));
    }
    return 0;
}

int attach_counter(struct attachment *a, const struct target *t, int program_fd, const struct probe_scope *scope, struct err *why)
{
    struct perf_event_attr attr = {.type = PERF_TYPE_SOFTWARE, .config = PERF_COUNT_SW_CPU_CLOCK, .sample_period = t->every};
    if (t->provider == PROVIDER_PROFILE && t->is_hz)
        attr.freq = 1;
    if (t->provider == PROVIDER_WATCHPOINT)
        return attach_watchpoint(a, t, program_fd, scope, why);
    if (t->provider != PROVIDER_PROFILE) {
        attr.type = t->provider == PROVIDER_HARDWARE ? PERF_TYPE_HARDWARE : PERF_TYPE_SOFTWARE;
        attr.config = t->offset;
    }
    long cpus = sysconf(_SC_NPROCESSORS_CONF);
    int opened = 0;
    for (int cpu = 0; cpu < cpus; cpu++) {
        int r = attach_perf(a, t, program_fd, &attr, scope->pid ? scope->pid : -1, cpu);
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
