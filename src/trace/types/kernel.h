/* What kernel.c and kernel_find.c share. */
#pragma once
#include "trace/types/inside.h"

struct kernel_object {
    char *name;
    struct btf_image *btf;
    int fd;
    bool tried;
    uint32_t walks;
    uint32_t *index; /* ids by hash of name, 0: free; NULL: not made yet */
    uint32_t index_size;
};

struct kernel_types {
    struct kernel_object *objects; /* vmlinux first */
    uint32_t count;
    bool listed;
};
