/* A type of BTF as C declares it, for listings: "const char *", "struct file *", "char[16]", "int (*)(void *)". */
#include "trace/types/inside.h"

#include "trace/types/btf_image.h"

static void add_named(const struct btf_image *btf, const struct btf_type *b, const char *keyword, struct text *out)
{
    const char *name = btf_image_name(btf, b->name_off);
    text_adds(out, keyword);
    text_adds(out, name && *name ? name : "(anon)");
}

static void declare(const struct btf_image *btf, uint32_t id, struct text *out, int depth);

static void declare_pointer(const struct btf_image *btf, uint32_t target, struct text *out, int depth)
{
    const struct btf_type *b = btf_image_type(btf, target);
    if (b && btf_is_func_proto(b)) {
        declare(btf, b->type, out, depth);
        text_adds(out, " (*)()");
        return;
    }
    declare(btf, target, out, depth);
    text_adds(out, b && btf_is_ptr(b) ? "*" : " *");
}

static void declare(const struct btf_image *btf, uint32_t id, struct text *out, int depth)
{
    const struct btf_type *b = id && depth < TYPES_MAX_DEPTH ? btf_image_type(btf, id) : NULL;
    if (!b) {
        text_adds(out, "void");
        return;
    }
    switch (btf_kind(b)) {
    case BTF_KIND_PTR: declare_pointer(btf, b->type, out, depth + 1); break;
    case BTF_KIND_ARRAY:
        declare(btf, btf_array(b)->type, out, depth + 1);
        text_addf(out, "[%u]", btf_array(b)->nelems);
        break;
    case BTF_KIND_CONST:
        text_adds(out, "const ");
        declare(btf, b->type, out, depth + 1);
        break;
    case BTF_KIND_VOLATILE:
    case BTF_KIND_RESTRICT:
    case BTF_KIND_TYPE_TAG: declare(btf, b->type, out, depth + 1); break;
    case BTF_KIND_STRUCT: add_named(btf, b, "struct ", out); break;
    case BTF_KIND_UNION: add_named(btf, b, "union ", out); break;
    case BTF_KIND_FWD: add_named(btf, b, btf_kflag(b) ? "union " : "struct ", out); break;
    case BTF_KIND_ENUM:
    case BTF_KIND_ENUM64: add_named(btf, b, "enum ", out); break;
    default: add_named(btf, b, "", out); break;
    }
}

void btf_declared(const struct btf_image *btf, uint32_t id, struct text *out)
{
    declare(btf, id, out, 0);
}
