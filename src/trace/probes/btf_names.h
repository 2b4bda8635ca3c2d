/* Names in the BTF of the kernel itself. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct btf;

struct btf_names {
    struct btf *btf;
    const char **names; /* sorted, in the BTF's own memory */
    size_t count;
};

/* All types of that kind (BTF_KIND_…) whose name begins with the prefix; the names are without it. False without BTF. */
bool btf_names_read(struct btf_names *n, uint32_t kind, const char *prefix);
bool btf_names_have(const struct btf_names *n, const char *name);
void btf_names_free(struct btf_names *n);
