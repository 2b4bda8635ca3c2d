#include "trace/probes/ability.h"

#include "base/err.h"
#include "trace/probes/multi.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <errno.h>
#include <unistd.h>

enum { ATTACH_KPROBES = 42, ATTACH_UPROBES = 48 }; /* enum bpf_attach_type */

static const struct bpf_insn nothing[] = {
    {.code = BPF_ALU64 | BPF_MOV | BPF_K},
    {.code = BPF_JMP | BPF_EXIT},
};

static int load(enum bpf_prog_type type, uint32_t attach_type, uint32_t btf_id)
{
    LIBBPF_OPTS(bpf_prog_load_opts, options, .expected_attach_type = (enum bpf_attach_type)attach_type, .attach_btf_id = btf_id);
    return bpf_prog_load(type, "try", "GPL", nothing, sizeof nothing / sizeof nothing[0], &options);
}

static bool remember(enum ability *a, bool can)
{
    *a = can ? ABILITY_YES : ABILITY_NO;
    return can;
}

bool ability_kprobe(struct probe_scope *s)
{
    if (!s->kprobe)
        remember(&s->kprobe, !access("/sys/bus/event_source/devices/kprobe/type", F_OK));
    return s->kprobe == ABILITY_YES;
}

/* A function that exists for tests of BPF (net/bpf/test_run.c) and is called by nothing else. */
static bool try_kprobes(void)
{
    struct multi_places p;
    int fd = load(BPF_PROG_TYPE_KPROBE, ATTACH_KPROBES, 0);
    int link = -1;
    if (fd >= 0 && !multi_places_make(&p, 1)) {
        p.names[0] = "bpf_fentry_test1";
        link = multi_kprobe(fd, &p, false);
        multi_places_free(&p);
    }
    if (link >= 0)
        close(link);
    if (fd >= 0)
        close(fd);
    return link >= 0;
}

bool ability_kprobe_multi(struct probe_scope *s)
{
    return s->kprobe_multi ? s->kprobe_multi == ABILITY_YES : remember(&s->kprobe_multi, try_kprobes());
}

/* A kernel that knows the link says that a folder is no file. */
static bool try_uprobes(void)
{
    struct multi_places p;
    int fd = load(BPF_PROG_TYPE_KPROBE, ATTACH_UPROBES, 0);
    int r = fd;
    if (fd >= 0) {
        r = multi_places_make(&p, 1);
        r = r ? r : multi_uprobe(fd, "/", &p, false, 0);
        multi_places_free(&p);
        close(fd);
    }
    return r == -EBADF;
}

bool ability_uprobe_multi(struct probe_scope *s)
{
    return s->uprobe_multi ? s->uprobe_multi == ABILITY_YES : remember(&s->uprobe_multi, try_uprobes());
}

static bool try_trampoline(void)
{
    struct btf *btf = btf__load_vmlinux_btf();
    int id = btf ? btf__find_by_name_kind(btf, "bpf_fentry_test1", BTF_KIND_FUNC) : -1;
    int fd = id > 0 ? load(BPF_PROG_TYPE_TRACING, BPF_TRACE_FENTRY, (uint32_t)id) : -1;
    int link = fd >= 0 ? bpf_raw_tracepoint_open(NULL, fd) : -1;
    if (link >= 0)
        close(link);
    if (fd >= 0)
        close(fd);
    btf__free(btf);
    return link >= 0;
}

bool ability_trampoline(struct probe_scope *s)
{
    return s->trampoline ? s->trampoline == ABILITY_YES : remember(&s->trampoline, try_trampoline());
}
