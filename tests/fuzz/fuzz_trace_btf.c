/* Whatever a BTF image says: its types are converted, completed and named; nothing outside it is read. */
#include "base/arena.h"
#include "base/err.h"
#include "trace/types/btf_image.h"
#include "trace/types/find.h"
#include "trace/types/inside.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void look_at(struct types *t, const struct btf_image *image, uint32_t id)
{
    struct text words = {.ceiling = 4096};
    struct function_types f;
    const struct btf_type *b = btf_image_type(image, id);
    const char *name = b ? btf_image_name(image, b->name_off) : "";
    const struct value_type *type = types_complete(t, btf_value_type(t, 0, id));
    for (uint32_t i = 0; type && i < type->n_fields; i++)
        if (!type_words(t, type->fields[i].type) || !type->fields[i].name)
            abort();
    btf_declared(image, id, &words);
    text_free(&words);
    types_find(t, name);
    types_function(t, NULL, name, &f, NULL);
    types_raw_tracepoint(t, name, &f, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena = {0};
    int64_t value;
    char *bytes = malloc(size ? size : 1); /* of the exact size: reading past it is seen */
    memcpy(bytes, data, size);
    struct types *t = types_create(&arena);
    if (types_use_btf(t, bytes, size)) {
        const struct btf_image *image = kernel_btf(t, 0);
        for (uint32_t id = 0; id < btf_image_count(image) + 1 && id < 64; id++)
            look_at(t, image, id);
        types_constant(t, "a", &value, NULL);
        struct text words = {.ceiling = 1 << 16};
        types_describe(t, "struct a", &words);
        types_describe(t, "struct b", &words);
        types_describe(t, "enum e", &words);
        text_free(&words);
    }
    types_destroy(t);
    arena_free(&arena);
    free(bytes);
    return 0;
}
