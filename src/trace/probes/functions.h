/* The kernel's functions that can be traced. */
#pragma once
#include "base/arena.h"

#include <stdbool.h>
#include <stddef.h>

struct kernel_function {
    const char *name, *module; /* module "" for the kernel itself */
    bool doubtful;             /* several functions have that name */
};

struct kernel_functions {
    struct arena arena;
    struct kernel_function *list; /* by name */
    size_t count;
    const char *source; /* the file's name */
};

/* Reads tracefs' available_filter_functions, or what /proc/kallsyms has of them when that may not be read. NULL: out of memory. */
struct kernel_functions *kernel_functions_read(void);
void kernel_functions_free(struct kernel_functions *f); /* NULL is fine */
bool kernel_functions_have(const struct kernel_functions *f, const char *name);
