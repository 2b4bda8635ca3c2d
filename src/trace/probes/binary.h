/* Programs and libraries as scripts name them. */
#pragma once
#include "trace/probes/providers.h"

/* What a binary of an attach point stands for. */
struct binary {
    const char *name; /* in full, as `probe` says it: "/usr/bin/bash" */
    const char *path; /* where it can be opened from here: of a process in another root "/proc/PID/root/usr/bin/bash" */
    struct binary *next;
};

/* The files that the attach point means: a path, with wildcards too; a program of $PATH; a library by its name ("libc", "libssl.so.3") from
 * /etc/ld.so.cache; "*" or "" with a process: all that it has mapped. Complains and returns NULL when there is none. */
struct binary *binary_find(struct expansion *e, const char *text);

/* The library of the loader's cache whose name is `name`, or begins with it and ".so". "" when there is none; the path lies in `out`.
 * cache, n: the bytes of /etc/ld.so.cache; root: what is put before paths when they are looked for. */
void library_find(const char *cache, size_t n, const char *name, char *out, size_t size);
