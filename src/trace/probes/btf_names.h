/* Names in the BTF of the kernel itself, sorted. */
#pragma once
#include "base/arena.h"
#include "trace/types/find.h"

#include <stdbool.h>
#include <stddef.h>

struct btf_names {
    struct arena arena; /* of the names */
    const char **names;
    size_t count, room;
};

/* All of that sort, without those of modules. None without BTF. */
void btf_names_read(struct btf_names *n, struct types *types, enum types_sort sort);
bool btf_names_have(const struct btf_names *n, const char *name);
void btf_names_free(struct btf_names *n);
