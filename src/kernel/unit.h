/* What the broker hands to the worker for one collector: descriptors with names, and how each hook was taken. */
#pragma once
#include "kernel/plan.h"

#include <stdbool.h>
#include <stdint.h>

enum { UNIT_NAME = 32, UNIT_WHY = 512, UNIT_MAX_MAPS = 24, UNIT_MAX_PROGRAMS = 40, UNIT_MAX_HOOKS = 24 };

struct unit_map {
    char name[UNIT_NAME];
    uint32_t type, key_size, value_size, max_entries;
    int fd;
};

struct unit_program {
    char name[UNIT_NAME];
    uint32_t hook; /* index into hooks */
    int fd;        /* for statistics only */
};

struct unit_hook {
    char name[UNIT_NAME];
    int32_t way;        /* index of the way that was taken, -1: none */
    int32_t mechanism;  /* enum mechanism of that way */
    char target[96];    /* "tp_btf/sched_process_exec" */
    char why[UNIT_WHY]; /* why better ways were not taken; empty when the first was */
};

struct kernel_unit {
    uint32_t n_maps, n_programs, n_hooks;
    struct unit_map maps[UNIT_MAX_MAPS];
    struct unit_program programs[UNIT_MAX_PROGRAMS];
    struct unit_hook hooks[UNIT_MAX_HOOKS];
};

/* Descriptor of a map by name, -1 when there is none. Borrowed. */
int unit_map_fd(const struct kernel_unit *unit, const char *name);
const struct unit_map *unit_map(const struct kernel_unit *unit, const char *name);
const struct unit_hook *unit_hook(const struct kernel_unit *unit, const char *name);
/* Run count and nanoseconds of a program so far (needs BPF statistics). -errno on failure. */
int unit_program_stats(int program_fd, uint64_t *runs, uint64_t *ns);
