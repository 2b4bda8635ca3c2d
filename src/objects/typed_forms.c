/* Forms: what a field says beyond its integer, told by the name of its type. */
#include "base/clock.h"
#include "base/err.h"
#include "objects/typed_inside.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

struct form {
    const char *name;
    size_t least, most;      /* bytes that it may have */
    bool number;             /* only a number has it: of an array, its items do */
    enum column_type column; /* of a table whose rows are such values */
    bool (*fill)(const struct field *f, const struct typed_options *o, struct leaf *l);
    const char *unit;
};

static bool form_ipv4(const struct field *f, const struct typed_options *o, struct leaf *l)
{
    (void)o;
    l->kind = LEAF_NAME;
    return inet_ntop(AF_INET, f->at, l->words, sizeof l->words) != NULL;
}

static bool form_ipv6(const struct field *f, const struct typed_options *o, struct leaf *l)
{
    (void)o;
    l->kind = LEAF_NAME;
    return inet_ntop(AF_INET6, f->at, l->words, sizeof l->words) != NULL;
}

static bool form_mac(const struct field *f, const struct typed_options *o, struct leaf *l)
{
    (void)o;
    const unsigned char *a = f->at;
    l->kind = LEAF_NAME;
    snprintf(l->words, sizeof l->words, "%02x:%02x:%02x:%02x:%02x:%02x", a[0], a[1], a[2], a[3], a[4], a[5]);
    return true;
}

static void number_leaf(const struct field *f, enum leaf_kind kind, struct leaf *l)
{
    l->kind = kind;
    l->u = bytes_number(f->at, f->n);
    l->width = (uint8_t)f->n;
}

/* "saddr", "dst_ip", "ip", "ip_src" */
static bool named_like_address(const char *name)
{
    size_t n = name ? strlen(name) : 0;
    return n && (strstr(name, "addr") || !strncmp(name, "ip_", 3) || !strcmp(name, "ip") || (n > 2 && !strcmp(name + n - 3, "_ip")));
}

static bool form_network_order(const struct field *f, const struct typed_options *o, struct leaf *l)
{
    if (f->n == 4 && named_like_address(f->name))
        return form_ipv4(f, o, l);
    number_leaf(f, LEAF_UNSIGNED, l);
    l->u = __builtin_bswap64(l->u) >> (64 - 8 * f->n);
    l->swapped = true;
    return true;
}

static bool fill_duration(const struct field *f, struct leaf *l, uint32_t scale)
{
    number_leaf(f, LEAF_DURATION, l);
    l->scale = scale;
    return true;
}

static bool form_duration_ns(const struct field *f, const struct typed_options *o, struct leaf *l)
{
    (void)o;
    return fill_duration(f, l, 1);
}

static bool form_duration_us(const struct field *f, const struct typed_options *o, struct leaf *l)
{
    (void)o;
    return fill_duration(f, l, NS_PER_US);
}

static bool form_duration_ms(const struct field *f, const struct typed_options *o, struct leaf *l)
{
    (void)o;
    return fill_duration(f, l, NS_PER_MS);
}

/* A time of a clock that is `offset` behind UTC; 0 was never set. */
static bool fill_time(const struct field *f, struct leaf *l, int64_t offset)
{
    number_leaf(f, LEAF_TIME, l);
    l->width = 0; /* has no sum */
    if (!l->u)
        l->kind = LEAF_NONE;
    else
        l->i = (int64_t)(l->u + (uint64_t)offset);
    return true;
}

static bool form_mono_time(const struct field *f, const struct typed_options *o, struct leaf *l)
{
    return o->mono_to_utc_ns && fill_time(f, l, o->mono_to_utc_ns);
}

static bool form_boot_time(const struct field *f, const struct typed_options *o, struct leaf *l)
{
    return o->boot_to_utc_ns && fill_time(f, l, o->boot_to_utc_ns);
}

static bool form_utc(const struct field *f, const struct typed_options *o, struct leaf *l)
{
    (void)o;
    return fill_time(f, l, 0);
}

static bool form_size(const struct field *f, const struct typed_options *o, struct leaf *l)
{
    (void)o;
    number_leaf(f, LEAF_SIZE, l);
    return true;
}

static bool form_hex(const struct field *f, const struct typed_options *o, struct leaf *l)
{
    (void)o;
    number_leaf(f, LEAF_HEX, l);
    return true;
}

/* Words for a small number, or the number when there are none. */
static bool fill_word(const struct field *f, struct leaf *l, const char *(*word)(int), const char *prefix)
{
    unsigned unused = 64 - 8 * f->n;
    int64_t v = (int64_t)(bytes_number(f->at, f->n) << unused) >> unused;
    uint64_t positive = v < 0 ? -(uint64_t)v : (uint64_t)v;
    const char *name = positive && positive < 4096 ? word((int)positive) : NULL;
    *l = (struct leaf){.kind = name ? LEAF_NAME : LEAF_SIGNED, .i = name ? 0 : v};
    if (name)
        snprintf(l->words, sizeof l->words, "%s%s", prefix, name);
    return true;
}

static bool form_error(const struct field *f, const struct typed_options *o, struct leaf *l)
{
    (void)o;
    return fill_word(f, l, err_name, "");
}

static bool form_signal(const struct field *f, const struct typed_options *o, struct leaf *l)
{
    (void)o;
    return fill_word(f, l, sigabbrev_np, "SIG");
}

static bool form_kernel_addr(const struct field *f, const struct typed_options *o, struct leaf *l)
{
    form_hex(f, o, l);
    const struct code_address at = {.address = l->u};
    if (o->symbol && o->symbol(o->symbol_arg, &at, l->words, sizeof l->words))
        l->kind = LEAF_NAME;
    return true;
}

/* Of user space, or of the kernel; a 0 ends a stack. */
static bool form_user_addr(const struct field *f, const struct typed_options *o, struct leaf *l)
{
    number_leaf(f, bytes_number(f->at, f->n) ? LEAF_HEX : LEAF_UNSIGNED, l);
    const struct code_address at = {l->u, o->pid, f->later};
    if (l->u && o->symbol && o->symbol(o->symbol_arg, &at, l->words, sizeof l->words))
        l->kind = LEAF_NAME;
    return true;
}

/* The helper that takes a stack returns a negative error when there is none. */
static bool form_stack_id(const struct field *f, const struct typed_options *o, struct leaf *l)
{
    (void)o;
    number_leaf(f, LEAF_UNSIGNED, l);
    l->stack = (int32_t)l->u >= 0 && l->u <= UINT32_MAX;
    if (l->stack)
        return true;
    l->kind = LEAF_SIGNED;
    l->i = (int32_t)l->u;
    return true;
}

static bool form_text(const struct field *f, const struct typed_options *o, struct leaf *l)
{
    (void)o;
    *l = (struct leaf){.kind = LEAF_TEXT, .bytes = (const char *)f->at, .n = strnlen((const char *)f->at, f->n)};
    return true;
}

static const struct form forms[] = {
    {"ipv4_addr", 4, 4, false, TYPE_TEXT, form_ipv4},
    {"in_addr", 4, 4, false, TYPE_TEXT, form_ipv4},
    {"ipv6_addr", 16, 16, false, TYPE_TEXT, form_ipv6},
    {"in6_addr", 16, 16, false, TYPE_TEXT, form_ipv6},
    {"mac_addr", 6, 6, false, TYPE_TEXT, form_mac},
    {"__be16", 2, 2, true, TYPE_U16, form_network_order},
    {"__be32", 4, 4, true, TYPE_U32, form_network_order},
    {"__be64", 8, 8, true, TYPE_U64, form_network_order},
    {"duration_ns", 1, 8, true, TYPE_U64, form_duration_ns, "ns"},
    {"duration_us", 1, 8, true, TYPE_U64, form_duration_us, "us"},
    {"duration_ms", 1, 8, true, TYPE_U64, form_duration_ms, "ms"},
    {"timestamp_ns", 8, 8, true, TYPE_TIME, form_mono_time, "ns"},
    {"boot_time_ns", 8, 8, true, TYPE_TIME, form_boot_time, "ns"},
    {"utc_ns", 8, 8, true, TYPE_TIME, form_utc, "ns"},
    {"size_bytes", 1, 8, true, TYPE_U64, form_size, "bytes"},
    {"error_no", 1, 8, true, TYPE_TEXT, form_error},
    {"signal_no", 1, 8, true, TYPE_TEXT, form_signal},
    {"kernel_addr", 8, 8, true, TYPE_TEXT, form_kernel_addr},
    {"user_addr", 8, 8, true, TYPE_TEXT, form_user_addr},
    {"stack_id", 4, 8, true, TYPE_TEXT, form_stack_id},
    {"hex_u8", 1, 1, true, TYPE_TEXT, form_hex},
    {"hex_u16", 2, 2, true, TYPE_TEXT, form_hex},
    {"hex_u32", 4, 4, true, TYPE_TEXT, form_hex},
    {"hex_u64", 8, 8, true, TYPE_TEXT, form_hex},
    {"text", 1, SIZE_MAX, false, TYPE_TEXT, form_text},
};

static const struct form *form_find(const char *name)
{
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++)
        if (!strcmp(forms[i].name, name))
            return &forms[i];
    return NULL;
}

const char *typed_form_at(size_t i)
{
    return i < sizeof forms / sizeof forms[0] ? forms[i].name : NULL;
}

bool form_known(const char *name)
{
    return form_find(name) != NULL;
}

/* The element type of an array of single bytes, NULL when it is none. */
static const struct btf_type *byte_item(const struct btf *btf, const struct btf_type *t)
{
    uint32_t item = btf_is_array(t) ? typed_bare_type(btf, btf_array(t)->type) : 0;
    const struct btf_type *it = item ? btf__type_by_id(btf, item) : NULL;
    return it && btf_is_int(it) && it->size == 1 ? it : NULL;
}

static bool is_char(const struct btf *btf, const struct btf_type *t)
{
    const char *name = btf__name_by_offset(btf, t->name_off);
    return (btf_int_encoding(t) & BTF_INT_CHAR) || (name && !strcmp(name, "char"));
}

/* Arrays of char are text, other arrays of bytes are bytes. */
static bool byte_array(const struct btf *btf, const struct field *f, struct leaf *l)
{
    const struct btf_type *item = byte_item(btf, f->t);
    if (!item || btf_int_encoding(item) & BTF_INT_BOOL)
        return false;
    if (is_char(btf, item))
        return form_text(f, NULL, l);
    *l = (struct leaf){.kind = LEAF_BYTES, .bytes = (const char *)f->at, .n = f->n};
    return true;
}

/* The struct's own name, where that is a form: in_addr, in6_addr. */
static const char *struct_form(const struct btf *btf, const struct btf_type *t)
{
    const char *name = btf_is_composite(t) ? btf__name_by_offset(btf, t->name_off) : NULL;
    return name && (!strcmp(name, "in_addr") || !strcmp(name, "in6_addr")) ? name : NULL;
}

/* The form that the whole field has; NULL: none. */
static const struct form *form_of(const struct btf *btf, const struct field *f)
{
    const char *name = f->form ? f->form : struct_form(btf, f->t);
    const struct form *form = name && !f->bits ? form_find(name) : NULL;
    bool fits = form && f->n >= form->least && f->n <= form->most;
    return fits && !(form->number && (btf_is_array(f->t) || btf_is_composite(f->t))) ? form : NULL;
}

bool form_column(const struct btf *btf, const struct field *f, enum column_type *type, const char **unit)
{
    const struct form *form = form_of(btf, f);
    const struct btf_type *item = byte_item(btf, f->t);
    *unit = form ? form->unit : NULL;
    *type = form ? form->column : TYPE_TEXT;
    if (form && form->fill == form_network_order && f->n == 4 && named_like_address(f->name))
        *type = TYPE_TEXT;
    return form || (item && !(btf_int_encoding(item) & BTF_INT_BOOL));
}

bool form_apply(const struct btf *btf, const struct field *f, const struct typed_options *o, struct leaf *l)
{
    const struct form *form = form_of(btf, f);
    return (form && form->fill(f, o, l)) || byte_array(btf, f, l);
}
