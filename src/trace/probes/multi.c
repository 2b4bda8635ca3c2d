#include "trace/probes/multi.h"

#include <errno.h>
#include <linux/bpf.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { ATTACH_KPROBES = 42, ATTACH_UPROBES = 48, FLAG_RETURN = 1 }; /* enum bpf_attach_type; BPF_F_[KU]PROBE_MULTI_RETURN */

struct link_head {
    uint32_t program_fd, target_fd, attach_type, flags;
};

struct kprobe_link {
    struct link_head head;
    uint32_t flags, count;
    uint64_t symbols, addresses, cookies;
};

struct uprobe_link {
    struct link_head head;
    uint64_t path, offsets, counters, cookies;
    uint32_t count, flags, pid, pad;
};

int multi_places_make(struct multi_places *p, uint32_t n)
{
    *p = (struct multi_places){.n = n};
    p->names = calloc(n + 1, sizeof *p->names);
    p->offsets = calloc(n + 1, sizeof *p->offsets);
    p->counters = calloc(n + 1, sizeof *p->counters);
    p->cookies = calloc(n + 1, sizeof *p->cookies);
    return p->names && p->offsets && p->counters && p->cookies ? 0 : -ENOMEM;
}

void multi_places_free(struct multi_places *p)
{
    free(p->names);
    free(p->offsets);
    free(p->counters);
    free(p->cookies);
    *p = (struct multi_places){0};
}

static int link_create(void *attr, size_t size)
{
    int fd = (int)syscall(SYS_bpf, BPF_LINK_CREATE, attr, size);
    return fd < 0 ? -errno : fd;
}

int multi_kprobe(int program_fd, const struct multi_places *p, bool returns)
{
    struct kprobe_link l = {.head = {.program_fd = (uint32_t)program_fd, .attach_type = ATTACH_KPROBES},
                            .flags = returns ? FLAG_RETURN : 0,
                            .count = p->n,
                            .symbols = (uintptr_t)p->names,
                            .cookies = (uintptr_t)p->cookies};
    return link_create(&l, sizeof l);
}

int multi_uprobe(int program_fd, const char *path, const struct multi_places *p, bool returns, pid_t pid)
{
    bool counted = false;
    for (uint32_t i = 0; i < p->n; i++)
        counted |= p->counters[i] != 0;
    struct uprobe_link l = {.head = {.program_fd = (uint32_t)program_fd, .attach_type = ATTACH_UPROBES},
                            .path = (uintptr_t)path,
                            .offsets = (uintptr_t)p->offsets,
                            .counters = counted ? (uintptr_t)p->counters : 0,
                            .cookies = (uintptr_t)p->cookies,
                            .count = p->n,
                            .flags = returns ? FLAG_RETURN : 0,
                            .pid = (uint32_t)pid};
    return link_create(&l, offsetof(struct uprobe_link, pad));
}
