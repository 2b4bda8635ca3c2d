/* Functions: of the kernel (kprobes) and of programs (uprobes), one by one and many by one link. */
#include "trace/probes/attach.h"

#include "base/err.h"
#include "trace/probes/multi.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SOURCES "/sys/bus/event_source/devices/"

enum { ENOTSUPP_KERNEL = 524 }; /* of include/linux/errno.h, not for user space: uprobes say it of instructions */

int attach_kernel_function(struct attachment *a, const struct target *t, int program_fd, struct err *why)
{
    long type = attach_read_number(SOURCES "kprobe/type");
    if (type < 0)
        return err_set(why, ENOENT, "%s: this kernel is built without kprobes (CONFIG_KPROBES)", t->name);
    struct perf_event_attr attr = {.type = (uint32_t)type, .config = t->provider == PROVIDER_KRETPROBE || t->provider == PROVIDER_FEXIT};
    attr.kprobe_func = (uint64_t)(uintptr_t)t->what;
    attr.probe_offset = t->offset;
    int r = attach_perf(a, t, program_fd, &attr, -1, 0);
    if (r == -ENOENT || r == -EADDRNOTAVAIL)
        return err_set(why, -r, "%s: the kernel has no function of that name; it may be inlined everywhere", t->name);
    if (r == -EINVAL || r == -EILSEQ)
        return err_set(why, -r, "%s: the kernel refuses a probe there: the function is one that may not be probed, %s", t->name,
                       t->offset ? "or the offset is not the first byte of an instruction" : "or its name stands for several functions");
    return r < 0 ? err_set(why, -r, "%s: the probe cannot be opened: %s", t->name, strerror(-r)) : 0;
}

int attach_user_function(struct attachment *a, const struct target *t, int program_fd, const struct probe_scope *scope, struct err *why)
{
    long type = attach_read_number(SOURCES "uprobe/type");
    if (type < 0)
        return err_set(why, ENOENT, "%s: this kernel is built without uprobes (CONFIG_UPROBE_EVENTS)", t->name);
    /* Bits of config: /sys/bus/event_source/devices/uprobe/format */
    struct perf_event_attr attr = {.type = (uint32_t)type, .config = (t->provider == PROVIDER_URETPROBE) | t->counter << 32};
    attr.uprobe_path = (uint64_t)(uintptr_t)t->path;
    attr.probe_offset = t->offset;
    int r = attach_perf(a, t, program_fd, &attr, scope->pid ? scope->pid : -1, scope->pid ? -1 : 0);
    if (r == -EINVAL || r == -EOPNOTSUPP || r == -EIO || r == -ENOTSUPP_KERNEL)
        return err_set(why, -r, "%s: the kernel refuses a probe at offset 0x%llx of %s: there is no instruction that it can step over",
                       t->name, (unsigned long long)t->offset, t->path);
    if (r == -ESRCH)
        return err_set(why, -r, "%s: there is no process %d", t->name, (int)scope->pid);
    return r < 0 ? err_set(why, -r, "%s: the probe cannot be opened: %s", t->name, strerror(-r)) : 0;
}

/* Those from `from` to `to` by one link; when the kernel refuses one of them, the halves are tried. Returns how many are attached. */
static int attach_range(struct attachment *a, struct multi_places *p, uint32_t from, uint32_t to, int program_fd, bool returns)
{
    struct multi_places part = {to - from, p->names + from, p->offsets + from, p->counters + from, p->cookies + from};
    int r = multi_kprobe(program_fd, &part, returns);
    if (r >= 0)
        return probe_keep_fd(a, r) < 0 ? -ENOMEM : (int)part.n;
    if (part.n <= 1)
        return r;
    uint32_t middle = from + part.n / 2;
    int low = attach_range(a, p, from, middle, program_fd, returns);
    int high = attach_range(a, p, middle, to, program_fd, returns);
    return low < 0 && high < 0 ? low : (low > 0 ? low : 0) + (high > 0 ? high : 0);
}

int attach_kernel_functions(struct attachment *a, struct target *const *targets, uint32_t n, int program_fd, struct err *why)
{
    struct multi_places p;
    int r = multi_places_make(&p, n);
    for (uint32_t i = 0; !r && i < n; i++) {
        p.names[i] = targets[i]->what;
        p.cookies[i] = targets[i]->index;
    }
    if (!r)
        r = attach_range(a, &p, 0, n, program_fd, targets[0]->provider == PROVIDER_KRETPROBE || targets[0]->provider == PROVIDER_FEXIT);
    multi_places_free(&p);
    return r < 0 ? err_set(why, -r, "%s and %u more: the kernel refuses to attach: %s", targets[0]->name, n - 1, strerror(-r)) : r;
}

int attach_user_functions(struct attachment *a, struct target *const *targets, uint32_t n, int program_fd, const struct probe_scope *scope,
                          struct err *why)
{
    struct multi_places p;
    int r = multi_places_make(&p, n);
    for (uint32_t from = 0, to; r >= 0 && from < n; from = to) { /* a link for each file */
        for (to = from; to < n && !strcmp(targets[to]->path, targets[from]->path); to++) {
            p.offsets[to - from] = targets[to]->offset;
            p.counters[to - from] = targets[to]->counter;
            p.cookies[to - from] = targets[to]->index;
        }
        p.n = to - from;
        r = multi_uprobe(program_fd, targets[from]->path, &p, targets[0]->provider == PROVIDER_URETPROBE, scope->pid);
        if (r < 0)
            err_set(why, -r, "%s and %u more: the kernel refuses to attach: %s", targets[from]->name, p.n - 1, strerror(-r));
        else
            r = probe_keep_fd(a, r);
    }
    multi_places_free(&p);
    return r < 0 ? r : (int)n;
}
