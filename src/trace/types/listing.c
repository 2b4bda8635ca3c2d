/* What the kernel has, for listings. */
#include "trace/types/btf_image.h"
#include "trace/types/inside.h"

#include <string.h>

void field_declare(const struct value_field *field, struct text *out)
{
    const char *words = field->declared;
    if (!words) {
        type_print(field->type, out);
        text_addf(out, " %s", field->name);
        return;
    }
    const char *function = strstr(words, "(*"), *array = field->is_data_loc ? NULL : strchr(words, '[');
    size_t before = function ? (size_t)(function + 2 - words) : array ? (size_t)(array - words) : strlen(words);
    text_add(out, words, before);
    text_addf(out, "%s%s%s", function ? "" : " ", field->name, words + before);
}

static const uint32_t kinds_of_sort[] = {
    [TYPES_FUNCTIONS] = 1U << BTF_KIND_FUNC,
    [TYPES_STRUCTS] = 1U << BTF_KIND_STRUCT | 1U << BTF_KIND_UNION | 1U << BTF_KIND_ENUM | 1U << BTF_KIND_ENUM64,
    [TYPES_RAW_TRACEPOINTS] = 1U << BTF_KIND_TYPEDEF,
};

static const char *keyword_of(const struct btf_type *b)
{
    return btf_kind(b) == BTF_KIND_STRUCT ? "struct " : btf_kind(b) == BTF_KIND_UNION ? "union " : btf_is_any_enum(b) ? "enum " : "";
}

/* The name as listings have it; false: the type is not of that sort. */
static bool listed_name(const struct btf_image *btf, const struct btf_type *b, enum types_sort sort, struct text *out)
{
    static const char trace[] = "btf_trace_";
    const char *name = btf_image_name(btf, b->name_off);
    if (!(kinds_of_sort[sort] & 1U << btf_kind(b)) || !*name)
        return false;
    if (sort == TYPES_RAW_TRACEPOINTS && strncmp(name, trace, sizeof trace - 1) != 0)
        return false;
    text_clear(out);
    text_adds(out, keyword_of(b));
    text_adds(out, sort == TYPES_RAW_TRACEPOINTS ? name + sizeof trace - 1 : name);
    return true;
}

void types_each(struct types *t, enum types_sort sort, bool (*each)(void *arg, const char *module, const char *name), void *arg)
{
    struct text words = {.ceiling = 4096};
    bool more = true;
    uint32_t objects = kernel_objects(t);
    for (uint32_t object = 0; more && object < objects; object++) {
        const struct btf_image *btf = kernel_btf(t, object);
        for (uint32_t id = btf ? btf_image_first(btf) : 0; btf && more && id < btf_image_count(btf); id++)
            if (listed_name(btf, btf_image_type(btf, id), sort, &words))
                more = each(arg, kernel_object_name(t, object), words.bytes ? words.bytes : "");
    }
    text_free(&words);
}
