/* Whatever a tracepoint's format file says: its fields have types that can be named, and lie inside the record. */
#include "base/arena.h"
#include "trace/types/find.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_as(const char *category, const char *text, size_t size)
{
    struct arena arena = {0};
    struct types *t = types_create(&arena);
    types_forget_kernel(t);
    const struct value_type *type = types_tracepoint_format(t, category, "x", text, size);
    for (uint32_t i = 0; type && i < type->n_fields; i++) {
        const struct value_field *f = &type->fields[i];
        if (!type_words(t, f->type) || !f->declared || f->offset > type->size || !type_field(t, type, f->name))
            abort();
        if (!f->is_data_loc && f->offset + f->type->size > type->size)
            abort();
    }
    types_destroy(t);
    arena_free(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size ? size : 1); /* of the exact size: reading past it is seen */
    memcpy(text, data, size);
    read_as("syscalls", text, size);
    read_as("sched", text, size);
    free(text);
    return 0;
}
