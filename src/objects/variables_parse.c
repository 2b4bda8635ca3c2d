/* Words to values, by their types. */
#include "objects/typed.h"
#include "objects/variables.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

struct parse {
    const struct btf *btf;
    const char *name;
    struct err *why;
};

static bool fits(uint64_t v, bool negative, size_t n, bool is_signed)
{
    unsigned bits = (unsigned)n * 8;
    if (negative)
        return is_signed && -v <= (uint64_t)1 << (bits - 1);
    return bits == 64 || v < (uint64_t)1 << bits; /* 0xff for an s8 is meant as bits */
}

static int refuse(const struct parse *p, const char *value, const char *what)
{
    return err_set(p->why, EINVAL, "%s: \"%.60s\" %s", p->name, value, what);
}

static int parse_int(const struct parse *p, const struct btf_type *t, const char *value, void *to, size_t n)
{
    char *end;
    bool negative = *value == '-';
    if (btf_int_encoding(t) & BTF_INT_BOOL && (!strcmp(value, "true") || !strcmp(value, "false"))) {
        memset(to, 0, n);
        *(unsigned char *)to = *value == 't';
        return 0;
    }
    errno = 0;
    uint64_t v = strtoull(value, &end, 0);
    if (end == value || *end || n > 8)
        return refuse(p, value, btf_int_encoding(t) & BTF_INT_BOOL ? "is neither true nor false" : "is not a whole number");
    if (errno || !fits(v, negative, n, btf_int_encoding(t) & BTF_INT_SIGNED))
        return refuse(p, value, n == 1 ? "does not fit into 1 byte" : n == 2 ? "does not fit into 2 bytes" : "is too large");
    memcpy(to, &v, n);
    return 0;
}

static int parse_enum(const struct parse *p, const struct btf_type *t, const char *value, void *to, size_t n)
{
    for (uint32_t i = 0; i < btf_vlen(t); i++) {
        bool wide = btf_is_enum64(t);
        uint32_t name = wide ? btf_enum64(t)[i].name_off : btf_enum(t)[i].name_off;
        uint64_t v = wide ? btf_enum64_value(&btf_enum64(t)[i]) : (uint64_t)(int64_t)btf_enum(t)[i].val;
        if (strcmp(btf__name_by_offset(p->btf, name), value) != 0)
            continue;
        memcpy(to, &v, n < sizeof v ? n : sizeof v);
        return 0;
    }
    char *end;
    uint64_t v = strtoull(value, &end, 0);
    if (end == value || *end)
        return refuse(p, value, "is neither a name of this enum nor a number");
    memcpy(to, &v, n < sizeof v ? n : sizeof v);
    return 0;
}

static bool is_char_array(const struct btf *btf, const struct btf_type *t)
{
    const struct btf_type *item = btf__type_by_id(btf, typed_bare_type(btf, btf_array(t)->type));
    return item && btf_is_int(item) && item->size == 1 &&
           (btf_int_encoding(item) & BTF_INT_CHAR || !strcmp(btf__name_by_offset(btf, item->name_off), "char"));
}

static int parse_items(const struct parse *p, const struct btf_type *t, const char *value, unsigned char *to, size_t n)
{
    uint32_t type = btf_array(t)->type;
    size_t size = typed_size(p->btf, type), i = 0;
    char item[128];
    for (const char *at = value; size && i < n / size; i++) {
        size_t length = strcspn(at, ",");
        if (length >= sizeof item)
            return refuse(p, at, "is too long");
        memcpy(item, at, length);
        item[length] = '\0';
        int rc = variables_parse(p->btf, type, p->name, item, to + i * size, size, p->why);
        if (rc || !at[length])
            return rc;
        at += length + 1;
    }
    return refuse(p, value, "has more items than the array");
}

static int parse_array(const struct parse *p, const struct btf_type *t, const char *value, void *to, size_t n)
{
    if (!is_char_array(p->btf, t))
        return parse_items(p, t, value, to, n);
    if (strlen(value) >= n)
        return refuse(p, value, "is too long for the array of char");
    memset(to, 0, n);
    memcpy(to, value, strlen(value));
    return 0;
}

/* An address, where the type's size is that of one and the words look like one. */
static bool parse_address(const char *value, void *to, size_t n)
{
    if (n == 4 && strchr(value, '.'))
        return inet_pton(AF_INET, value, to) == 1;
    return n == 16 && strchr(value, ':') && inet_pton(AF_INET6, value, to) == 1;
}

int variables_parse(const struct btf *btf, uint32_t type, const char *name, const char *value, void *to, size_t n, struct err *why)
{
    const struct parse p = {btf, name, why};
    uint32_t bare = typed_bare_type(btf, type);
    const struct btf_type *t = bare ? btf__type_by_id(btf, bare) : NULL;
    if (!t || typed_size(btf, type) > n)
        return err_set(why, EINVAL, "%s has no type that could be set", name);
    if (parse_address(value, to, n))
        return 0;
    if (btf_is_int(t))
        return parse_int(&p, t, value, to, t->size);
    if (btf_is_any_enum(t))
        return parse_enum(&p, t, value, to, t->size);
    if (btf_is_array(t))
        return parse_array(&p, t, value, to, n);
    if (btf_is_composite(t))
        return err_set(why, EINVAL, "%s is a struct; set its fields: %s.FIELD=VALUE", name, name);
    return err_set(why, EINVAL, "%s is of a type that cannot be set", name);
}
