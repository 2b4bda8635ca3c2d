#include "base/human.h"
#include "objects/typed.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

/* Zeros at the end of an array of numbers that are told by their count. */
enum { ZEROS_TOLD = 4 };

struct printer {
    struct text *out;
    bool json;
    unsigned depth;
    uint64_t arrays, begun; /* a bit for each depth */
    unsigned zeros;         /* items of the array that were 0 and are not written yet */
};

static bool bit(uint64_t bits, unsigned i)
{
    return bits >> i & 1;
}

static void add_quoted(struct text *out, const char *s)
{
    text_add_json(out, s, strlen(s));
}

static void add_real(struct text *out, double v, bool json)
{
    if (json && !isfinite(v))
        text_adds(out, "null");
    else
        text_addf(out, "%.15g", v);
}

/* What both forms write alike; false: this kind is written in two ways. */
static bool add_alike(struct text *out, const struct leaf *l)
{
    switch (l->kind) {
    case LEAF_UNSIGNED: text_add_u64(out, l->u); return true;
    case LEAF_SIGNED: text_add_i64(out, l->i); return true;
    case LEAF_BOOL: text_adds(out, l->u ? "true" : "false"); return true;
    case LEAF_TEXT: text_add_json(out, l->bytes, l->n); return true;
    case LEAF_NAME:
    case LEAF_REAL:
    case LEAF_HEX:
    case LEAF_BYTES:
    case LEAF_DURATION:
    case LEAF_SIZE:
    case LEAF_TIME:
    case LEAF_NONE:
    case LEAF_CUT: break;
    }
    return false;
}

void leaf_add_text(struct text *out, const struct leaf *l)
{
    if (add_alike(out, l))
        return;
    switch (l->kind) {
    case LEAF_REAL: add_real(out, l->real, false); break;
    case LEAF_HEX: text_addf(out, "0x%" PRIx64, l->u); break;
    case LEAF_BYTES: typed_add_hex(out, l->bytes, l->n, 64); break;
    case LEAF_DURATION: human_duration(out, l->u * l->scale); break;
    case LEAF_SIZE: human_bytes(out, l->u); break;
    case LEAF_TIME: text_add_time(out, l->i); break;
    case LEAF_NONE: text_addc(out, '-'); break;
    case LEAF_CUT: text_adds(out, "…"); break;
    default: text_adds(out, l->words);
    }
}

void leaf_add_json(struct text *out, const struct leaf *l)
{
    if (add_alike(out, l))
        return;
    switch (l->kind) {
    case LEAF_REAL: add_real(out, l->real, true); break;
    case LEAF_HEX: text_addf(out, "\"0x%" PRIx64 "\"", l->u); break;
    case LEAF_BYTES: typed_add_json_hex(out, l->bytes, l->n); break;
    case LEAF_DURATION:
    case LEAF_SIZE: text_add_u64(out, l->u); break;
    case LEAF_TIME:
        text_addc(out, '"');
        text_add_time(out, l->i);
        text_addc(out, '"');
        break;
    case LEAF_NONE:
    case LEAF_CUT: text_adds(out, "null"); break;
    default: add_quoted(out, l->words);
    }
}

bool leaf_number(const struct leaf *l, double *number)
{
    switch (l->kind) {
    case LEAF_UNSIGNED:
    case LEAF_BOOL:
    case LEAF_SIZE:
    case LEAF_DURATION: *number = (double)l->u; return true;
    case LEAF_SIGNED: *number = (double)l->i; return true;
    case LEAF_REAL: *number = l->real; return true;
    default: *number = 0; return false;
    }
}

void typed_add_hex(struct text *out, const void *bytes, size_t n, size_t most)
{
    const unsigned char *p = bytes;
    for (size_t i = 0; i < n && i < most; i++)
        text_addf(out, "%s%02x", i ? " " : "", p[i]);
    if (n > most)
        text_addf(out, " … (%zu more)", n - most);
}

void typed_add_json_hex(struct text *out, const void *bytes, size_t n)
{
    const unsigned char *p = bytes;
    text_addc(out, '"');
    for (size_t i = 0; i < n; i++)
        text_addf(out, "%02x", p[i]);
    text_addc(out, '"');
}

/* What stands before a field or an item: the separator, the name. */
static void begin(struct printer *p, const char *name)
{
    bool first = !bit(p->begun, p->depth);
    p->begun |= UINT64_C(1) << p->depth;
    if (!first)
        text_adds(p->out, p->json ? "," : bit(p->arrays, p->depth) ? ", " : " ");
    if (!name)
        return;
    if (p->json) {
        add_quoted(p->out, name);
        text_addc(p->out, ':');
    } else {
        text_addf(p->out, "%s=", name);
    }
}

static void write_zeros(struct printer *p)
{
    for (; p->zeros; p->zeros--) {
        begin(p, NULL);
        text_addc(p->out, '0');
    }
}

/* The braces of the outermost struct are left out of the text form. */
static bool braces(const struct printer *p)
{
    return p->json || p->depth;
}

static void on_open(void *arg, const char *name, bool array)
{
    struct printer *p = arg;
    write_zeros(p);
    begin(p, name);
    uint64_t next = UINT64_C(1) << (p->depth + 1);
    p->arrays = array ? p->arrays | next : p->arrays & ~next;
    p->begun &= ~next;
    if (array)
        text_addc(p->out, '[');
    else if (braces(p))
        text_addc(p->out, '{');
    p->depth++;
}

static void on_close(void *arg)
{
    struct printer *p = arg;
    bool array = bit(p->arrays, p->depth);
    if (p->zeros > ZEROS_TOLD) {
        unsigned zeros = p->zeros;
        p->zeros = 0;
        begin(p, NULL);
        text_addf(p->out, "0 ×%u", zeros);
    }
    write_zeros(p);
    p->depth--;
    if (array)
        text_addc(p->out, ']');
    else if (braces(p))
        text_addc(p->out, '}');
}

static bool is_zero(const struct leaf *l)
{
    return (l->kind == LEAF_UNSIGNED || l->kind == LEAF_SIGNED) && !l->u;
}

static void on_leaf(void *arg, const char *name, const struct leaf *l)
{
    struct printer *p = arg;
    if (!p->json && p->depth && bit(p->arrays, p->depth) && is_zero(l)) {
        p->zeros++;
        return;
    }
    write_zeros(p);
    begin(p, name);
    if (p->json)
        leaf_add_json(p->out, l);
    else
        leaf_add_text(p->out, l);
}

static void print(struct printer *p, const struct btf *btf, uint32_t type, const void *bytes, size_t n, const struct typed_options *o)
{
    const struct typed_visitor v = {on_open, on_leaf, on_close, p};
    typed_walk(btf, type, bytes, n, o, &v);
}

void typed_add_text(struct text *out, const struct btf *btf, uint32_t type, const void *bytes, size_t n, const struct typed_options *o)
{
    struct printer p = {.out = out};
    print(&p, btf, type, bytes, n, o);
}

void typed_add_json(struct text *out, const struct btf *btf, uint32_t type, const void *bytes, size_t n, const struct typed_options *o)
{
    struct printer p = {.out = out, .json = true};
    print(&p, btf, type, bytes, n, o);
}
