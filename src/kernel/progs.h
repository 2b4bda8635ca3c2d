/* Every BPF program of the system, whoever loaded it. Needs CAP_SYS_ADMIN (or CAP_BPF with CAP_PERFMON for most of it). */
#pragma once
#include "base/err.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { PROG_NAME = 128, PROG_OWNERS = 8 };

struct prog_owner {
    pid_t pid;
    char comm[16];
};

struct prog_info {
    uint32_t id;
    char type[32];         /* libbpf's word: "tracing", "kprobe" */
    char name[PROG_NAME];  /* in full, from the program's BTF; the kernel's 15 characters when it has none */
    char tag[17];          /* of its instructions, hex */
    uint64_t runs, run_ns; /* as far as the kernel's accounting was on */
    uint64_t loaded_boot_ns;
    uint32_t uid; /* who loaded it */
    uint32_t instructions, jited_bytes, n_maps;
    struct prog_owner owners[PROG_OWNERS]; /* processes that hold a descriptor of it or of its link */
    uint32_t n_owners;                     /* may exceed PROG_OWNERS */
};

/* All programs by id. A new array in *out, free() it; 0 or -errno with words. Programs that go away meanwhile are left out. */
int progs_read(struct prog_info **out, size_t *n, struct err *why);
/* Reads runs and run_ns anew; programs that are gone keep their figures. */
void progs_count(struct prog_info *progs, size_t n);
/* Finds owners by looking through the descriptors in /proc. */
void progs_find_owners(struct prog_info *progs, size_t n);
