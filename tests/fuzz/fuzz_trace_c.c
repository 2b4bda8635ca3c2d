/* Whatever C a script begins with: it is read or refused, structs have fields inside them, constants are numbers or text. */
#include "base/arena.h"
#include "trace/types/find.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void look_at(struct types *t, const char *name)
{
    int64_t value;
    const struct value_type *type = types_find(t, name);
    if (type && (!type_words(t, type) || !types_complete(t, type)))
        abort();
    for (uint32_t i = 0; type && i < type->n_fields; i++) {
        const struct value_field *f = &type->fields[i];
        if (!f->type ||
            (f->bit_size ? f->offset + (f->bit_offset + f->bit_size + 7) / 8 : (uint64_t)f->offset + f->type->size) > type->size)
            abort();
        if (!type_words(t, f->type))
            abort();
    }
    if (types_constant(t, name, &value, &type) && types_macro(t, name))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const names[] = {"struct a", "struct b", "union a", "enum a", "a", "b", "c", "A", "B"};
    char *text = malloc(size ? size : 1); /* of the exact size: reading past it is seen */
    memcpy(text, data, size);
    struct arena arena = {0};
    struct complaints c;
    struct source source = {"fuzz", text, size};
    struct types *t = types_create(&arena);
    types_forget_kernel(t);
    complaints_init(&c, &arena, &source);
    struct definition last = {.place = {(uint32_t)size / 2, (uint32_t)(size - size / 2)}};
    struct definition first = {.place = {0, (uint32_t)size / 2}, .next = &last}, whole = {.place = {0, (uint32_t)size}};
    types_define(t, &(struct script){.definitions = size && data[0] == ';' ? &first : &whole}, &c);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        look_at(t, names[i]);
    types_destroy(t);
    arena_free(&arena);
    free(text);
    return 0;
}
