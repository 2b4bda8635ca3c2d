/* Links that attach one program to many functions: kprobe.multi (since 5.18) and uprobe.multi (since 6.6). By the raw system call: the
 * headers that we build with do not know the second. Source: union bpf_attr of include/uapi/linux/bpf.h, link_create. */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct multi_places {
    uint32_t n;
    const char **names; /* of functions of the kernel */
    uint64_t *offsets;  /* in a file */
    uint64_t *counters; /* semaphores; 0: none */
    uint64_t *cookies;
};
int multi_places_make(struct multi_places *p, uint32_t n); /* 0 or -ENOMEM; to be freed in any case */
void multi_places_free(struct multi_places *p);

/* A link's descriptor, or -errno. */
int multi_kprobe(int program_fd, const struct multi_places *p, bool returns);
int multi_uprobe(int program_fd, const char *path, const struct multi_places *p, bool returns, pid_t pid);
