/* What an address is called. The room's lookups fill it; their headers say how long the words live. */
#pragma once
#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>

struct symbol {
    const char *name;   /* of the function or variable, demangled; NULL: only the module is known */
    const char *module; /* a kernel module, or the file as its process names it; "[vdso]", "[jit]"; NULL: the kernel itself */
    uint64_t offset;    /* from the symbol's first byte, or without a name from the file's */
    bool is_kernel;
};

/* "vfs_read", "vfs_read+0x10" */
void symbol_add_name(struct text *out, const struct symbol *s);
/* With the module: "vfs_read+0x10", "nf_hook+0x4 [nf_tables]", "read+0x12 (libc.so.6)", "0x1234 (libc.so.6)" */
void symbol_add_text(struct text *out, const struct symbol *s);
/* The same into a buffer; of a name that is too long the front is kept, then "…", the offset and the module. */
void symbol_print(const struct symbol *s, char *buf, size_t size);
