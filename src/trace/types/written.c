/* Types as they are written in casts, sizeof, let and parameters. */
#include "base/names.h"
#include "trace/types/inside.h"

#include <bpf/btf.h>
#include <string.h>

enum { NAME_MAX_BYTES = 256 };

/* Copies the words without what does not change the type. *user: __user stood among them. False when they are too many. */
static bool plain_words(const char *words, char *out, size_t size, bool *user)
{
    static const char *const skipped[] = {"const", "volatile", "restrict", "__restrict", "__user", "__kernel", "__rcu", "__percpu"};
    size_t used = 0;
    for (const char *at = words; *at;) {
        size_t n = strcspn(at, " ");
        bool skip = n == 0;
        for (size_t i = 0; i < sizeof skipped / sizeof *skipped; i++)
            skip = skip || (strlen(skipped[i]) == n && memcmp(skipped[i], at, n) == 0);
        if (name_starts(at, "__user"))
            *user = true;
        if (!skip) {
            if (used + n + 2 > size)
                return false;
            if (used)
                out[used++] = ' ';
            memcpy(out + used, at, n);
            used += n;
        }
        at += n;
        at += strspn(at, " ");
    }
    out[used] = '\0';
    return used > 0;
}

/* --- what is said of an unknown name ------------------------------------------------------------------------------------------ */

static const char *script_name_at(const void *arg, size_t i)
{
    const struct named_type *e = arg;
    for (; e && i; i--)
        e = e->older;
    return e ? e->name : NULL;
}

static void hint_near(struct types *t, const char *name, struct complaints *c)
{
    const char *bare, *near = names_nearest((struct names){script_name_at, t->last_named}, name);
    uint32_t kinds = name_kinds(name, &bare);
    if (near) {
        complain_hint(c, "did you mean \"%s\"?", near);
        return;
    }
    if (bare == name && kernel_find(t, bare, 1U << BTF_KIND_STRUCT, false).id) {
        complain_hint(c, "did you mean \"struct %s\"?", name);
        return;
    }
    near = bare == name ? names_nearest((struct names){words_at, NULL}, name) : NULL;
    if (near)
        complain_hint(c, "did you mean \"%s\"?", near);
    else if ((near = kernel_near(t, bare, kinds)))
        complain_hint(c, "did you mean \"%.*s%s\"?", (int)(bare - name), name, near);
    else
        complain_hint(c, "define it at the top of the script");
}

static const struct value_type *complain_unknown(struct types *t, const char *name, struct place place, struct complaints *c)
{
    if (!kernel_has_btf(t))
        complain(c, place, "this kernel has no BTF (CONFIG_DEBUG_INFO_BTF); %s is not known: define it in the script", name);
    else {
        complain(c, place, "neither the script nor the kernel has a type \"%s\"", name);
        hint_near(t, name, c);
    }
    return NULL;
}

/* --- types as they are written ------------------------------------------------------------------------------------------------ */

static const struct value_type *complain_size(const struct type_name *name, struct complaints *c)
{
    complain(c, name->place, "the type is too large: at most %d bytes can be read", TYPES_MAX_BYTES);
    return NULL;
}

/* The arrays around it, the innermost first. */
static const struct value_type *with_dimensions(struct types *t, const struct value_type *type, const struct type_name *name, bool sized,
                                                struct complaints *c)
{
    for (uint32_t i = name->dimensions; type && i-- > (sized ? 1U : 0U);) {
        int64_t count = name->counts[i] < 0 ? 0 : name->counts[i];
        if (count > TYPES_MAX_BYTES || (type->kind == VALUE_NONE && !type->size))
            return complain_size(name, c);
        type = type_c_array(t, type, (uint32_t)count);
        if (!type)
            return complain_size(name, c);
    }
    return type;
}

/* string[16] and buffer[16] are one value each, not arrays. */
static const struct value_type *sized_word(struct types *t, const char *words, const struct type_name *name)
{
    int64_t n = name->dimensions ? name->counts[0] : -1;
    if (n < 0 || n > TYPES_MAX_BYTES || name->stars)
        return NULL;
    if (strcmp(words, "string") == 0)
        return type_string(t, (uint32_t)n);
    return strcmp(words, "buffer") == 0 ? type_buffer(t, (uint32_t)n) : NULL;
}

static const struct value_type *named_tuple(struct types *t, const struct type_name *name, enum space space, struct complaints *c,
                                            int depth);

static const struct value_type *named_at(struct types *t, const struct type_name *name, enum space space, struct complaints *c, int depth)
{
    char words[NAME_MAX_BYTES];
    bool user = false, sized = false;
    const struct value_type *type = NULL;
    if (name->of || depth > TYPES_MAX_DEPTH) {
        complain(c, name->place, "a type cannot be found here");
        return NULL;
    }
    if (!name->words)
        type = named_tuple(t, name, space, c, depth + 1);
    else if (!plain_words(name->words, words, sizeof words, &user)) {
        complain(c, name->place, "a type has at most %d characters, and is not only \"const\"", NAME_MAX_BYTES);
        return NULL;
    } else if ((type = sized_word(t, words, name)))
        sized = true;
    else if (!(type = types_find(t, words))) {
        bool is_union = name_starts(words, "union ");
        if (!name->stars || (!is_union && !name_starts(words, "struct ")) || kernel_has_btf(t))
            return complain_unknown(t, words, name->place, c);
        type = named_struct(t, words, is_union); /* a pointer may point to what nobody knows */
    }
    for (uint32_t i = 0; type && i < name->stars && i < TYPES_MAX_DEPTH; i++)
        type = type_pointer(t, type, user ? SPACE_USER : space);
    return with_dimensions(t, type, name, sized, c);
}

static const struct value_type *named_tuple(struct types *t, const struct type_name *name, enum space space, struct complaints *c,
                                            int depth)
{
    uint32_t n = 0, i = 0;
    for (const struct type_name *m = name->member; m; m = m->next)
        n++;
    const struct value_type **members = arena_alloc(t->arena, (n ? n : 1) * sizeof *members);
    if (!members)
        return NULL;
    for (const struct type_name *m = name->member; m; m = m->next)
        if (!(members[i++] = named_at(t, m, space, c, depth)))
            return NULL;
    return type_tuple(t, members, NULL, n);
}

const struct value_type *types_named(struct types *t, const struct type_name *name, enum space space, struct complaints *c)
{
    return named_at(t, name, space, c, 0);
}
