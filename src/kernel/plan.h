/* What a collector wants to see in the kernel, as data. The broker reads it, loads and attaches. */
#pragma once
#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

struct bpf_object;
struct config_section;

/* Mechanisms, in words for `sonde probes`. The program's SEC() holds the target. */
enum mechanism {
    BY_FENTRY,
    BY_FEXIT,
    BY_KPROBE,
    BY_KRETPROBE,
    BY_TP_BTF,
    BY_RAW_TP,
    BY_TRACEPOINT, /* perf tracepoint: needs tracefs */
    BY_CGROUP,     /* attached to the root of the cgroup2 hierarchy */
    BY_ITER,       /* read on demand: broker_open_iter */
    MECHANISM_COUNT,
};

/* One way to see a signal: these programs together, all or none (up to WAY_PROGRAMS). */
enum { WAY_PROGRAMS = 4 };

struct hook_way {
    enum mechanism mechanism;
    const char *programs[WAY_PROGRAMS]; /* names of functions in the BPF object */
    const char *map;                    /* BY_ITER over the elements of a map (iter/bpf_map_elem): its name; else NULL */
    const char *shared;                 /* instead of programs: the name of an earlier hook whose programs serve this one too; else NULL */
};

/* One signal, and the ways to see it, best first. */
struct hook {
    const char *name;    /* "exec" */
    const char *purpose; /* "a process replaced its program" */
    const struct hook_way *ways;
    size_t n_ways;
    const char *missing; /* what users lose when no way works: "execs will be missing" */
};

struct kernel_plan {
    const void *(*object)(size_t *size); /* the ELF image (a skeleton's elf_bytes) */
    const struct hook *hooks;
    size_t n_hooks;
    const char *ring; /* the name of the ring buffer map whose records go to collector.record; NULL: none */
    /* Sets `const volatile` knobs (kernel_knob) from the configuration before the load. May be NULL. */
    int (*configure)(struct bpf_object *object, const struct config_section *config, struct err *why);
};

const char *mechanism_name(enum mechanism m); /* "tp_btf" */
/* Sets a `const volatile` variable of .rodata by name; the sizes must match. -ENOENT when there is none of that name. */
int kernel_knob(struct bpf_object *object, const char *name, const void *value, size_t size, struct err *why);
/* Gives an array of the object one element for each CPU that the machine may have. 0, or -errno with words. */
int kernel_map_by_cpu(struct bpf_object *object, const char *name, struct err *why);
