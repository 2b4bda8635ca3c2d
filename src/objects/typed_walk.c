#include "objects/typed_inside.h"

#include <stdio.h>
#include <string.h>

struct walk {
    const struct btf *btf;
    const struct typed_options *o;
    const struct typed_visitor *v;
    unsigned depth, fields;
    bool ended; /* a ceiling was reached */
};

const struct btf_type *field_bare_type(const struct btf *btf, uint32_t *type, const char **form)
{
    for (unsigned i = 0; i < TYPED_MAX_DEPTH; i++) {
        const struct btf_type *t = btf__type_by_id(btf, *type);
        if (!t || !(btf_is_mod(t) || btf_is_typedef(t) || btf_is_var(t)))
            return t;
        if (form && !*form && btf_is_typedef(t)) {
            const char *name = btf__name_by_offset(btf, t->name_off);
            *form = name && form_known(name) ? name : NULL;
        }
        *type = t->type;
    }
    return NULL;
}

uint32_t typed_bare_type(const struct btf *btf, uint32_t type)
{
    return field_bare_type(btf, &type, NULL) ? type : 0;
}

size_t typed_size(const struct btf *btf, uint32_t type)
{
    type = typed_bare_type(btf, type);
    int64_t size = type ? btf__resolve_size(btf, type) : 0;
    return size > 0 ? (size_t)size : 0;
}

uint64_t bytes_number(const void *at, size_t n)
{
    uint64_t v = 0;
    memcpy(&v, at, n < sizeof v ? n : sizeof v);
    return v;
}

/* The bits of a bit field, which may lie across nine bytes. */
static uint64_t bits_number(const struct field *f)
{
    uint64_t v = 0;
    for (unsigned i = 0; i < f->bits; i++) {
        unsigned bit = f->bit + i;
        v |= (uint64_t)(f->at[bit / 8] >> bit % 8 & 1) << i;
    }
    return v;
}

static int64_t sign_extend(uint64_t v, unsigned bits)
{
    return bits && bits < 64 ? (int64_t)(v << (64 - bits)) >> (64 - bits) : (int64_t)v;
}

static uint64_t field_number(const struct field *f)
{
    return f->bits ? bits_number(f) : bytes_number(f->at, f->n);
}

static unsigned field_bits(const struct field *f)
{
    return f->bits ? f->bits : (unsigned)(f->n < 8 ? f->n : 8) * 8;
}

static void emit(struct walk *w, const struct field *f, struct leaf *l)
{
    l->at = f->at;
    w->v->leaf(w->v->arg, f->name, l);
}

static void emit_int(struct walk *w, const struct field *f)
{
    struct leaf l = {.width = f->bits ? 0 : (uint8_t)f->n};
    uint8_t encoding = btf_int_encoding(f->t);
    if (f->n > 8) {
        l = (struct leaf){.kind = LEAF_NAME};
        snprintf(l.words, sizeof l.words, "0x%016llx%016llx", (unsigned long long)bytes_number(f->at + 8, f->n - 8),
                 (unsigned long long)bytes_number(f->at, 8));
    } else if (encoding & BTF_INT_BOOL) {
        l.kind = LEAF_BOOL;
        l.u = field_number(f) != 0;
    } else if (encoding & BTF_INT_SIGNED) {
        l.kind = LEAF_SIGNED;
        l.i = sign_extend(field_number(f), field_bits(f));
    } else {
        l.kind = LEAF_UNSIGNED;
        l.u = field_number(f);
    }
    emit(w, f, &l);
}

static const char *enum_name(const struct btf *btf, const struct btf_type *t, uint64_t v)
{
    uint32_t name = 0;
    for (uint32_t i = 0; i < btf_vlen(t) && !name; i++)
        if (btf_is_enum64(t)) {
            if (btf_enum64_value(&btf_enum64(t)[i]) == v)
                name = btf_enum64(t)[i].name_off;
        } else if ((uint32_t)btf_enum(t)[i].val == (uint32_t)v) {
            name = btf_enum(t)[i].name_off;
        }
    return name ? btf__name_by_offset(btf, name) : NULL;
}

static void emit_enum(struct walk *w, const struct field *f)
{
    struct leaf l = {.kind = LEAF_NAME};
    int64_t v = sign_extend(field_number(f), field_bits(f));
    const char *name = enum_name(w->btf, f->t, (uint64_t)v);
    if (!name)
        name = enum_name(w->btf, f->t, field_number(f));
    if (name)
        snprintf(l.words, sizeof l.words, "%s", name);
    else if (btf_kflag(f->t))
        l = (struct leaf){.kind = LEAF_SIGNED, .i = v};
    else
        l = (struct leaf){.kind = LEAF_UNSIGNED, .u = field_number(f)};
    emit(w, f, &l);
}

static void emit_float(struct walk *w, const struct field *f)
{
    struct leaf l = {.kind = LEAF_REAL};
    float small;
    if (f->n == sizeof small) {
        memcpy(&small, f->at, sizeof small);
        l.real = (double)small;
    } else if (f->n == sizeof l.real) {
        memcpy(&l.real, f->at, sizeof l.real);
    } else {
        l = (struct leaf){.kind = LEAF_BYTES, .bytes = (const char *)f->at, .n = f->n};
    }
    emit(w, f, &l);
}

static void visit(struct walk *w, struct field *f);

static void open_group(struct walk *w, const struct field *f, bool array)
{
    w->depth++;
    w->v->open(w->v->arg, f->name, array);
}

static void close_group(struct walk *w)
{
    w->v->close(w->v->arg);
    w->depth--;
}

static void visit_array(struct walk *w, const struct field *f)
{
    const struct btf_array *a = btf_array(f->t);
    size_t size = typed_size(w->btf, a->type), count = size ? f->n / size : 0;
    if (a->nelems && count > a->nelems)
        count = a->nelems;
    if (a->nelems && !count) {
        emit(w, f, &(struct leaf){.kind = LEAF_NONE}); /* cut before its first item */
        return;
    }
    open_group(w, f, true);
    for (size_t i = 0; i < count && !w->ended; i++) {
        struct field item = {.form = f->form, .type = a->type, .at = f->at + i * size, .n = size, .later = i > 0};
        visit(w, &item);
    }
    close_group(w);
}

/* A member's place; false when none of its bytes is there. */
static bool locate_member(const struct walk *w, const struct field *f, uint32_t i, struct field *m)
{
    const struct btf_member *member = &btf_members(f->t)[i];
    uint32_t offset = btf_member_bit_offset(f->t, i), bits = btf_member_bitfield_size(f->t, i);
    size_t byte = offset / 8, size = typed_size(w->btf, member->type);
    const char *name = btf__name_by_offset(w->btf, member->name_off);
    *m = (struct field){.name = name ? name : "", .type = member->type, .at = f->at + byte, .bit = offset % 8, .bits = bits};
    if (bits > 64 || byte >= f->n)
        return false;
    if (bits)
        size = (m->bit + bits + 7) / 8;
    m->n = f->n - byte;
    if (size && size < m->n) /* no size: an array without an end, which has the rest */
        m->n = size;
    return !bits || m->n == size;
}

static void visit_members(struct walk *w, const struct field *f)
{
    for (uint32_t i = 0; i < btf_vlen(f->t) && !w->ended; i++) {
        struct field m;
        if (!locate_member(w, f, i, &m))
            continue;
        uint32_t type = m.type;
        const struct btf_type *t = field_bare_type(w->btf, &type, NULL);
        if (*m.name) {
            visit(w, &m);
        } else if (t && btf_is_composite(t) && w->depth < TYPED_MAX_DEPTH) {
            m.type = type;
            m.t = t;
            w->depth++;
            visit_members(w, &m);
            w->depth--;
        }
    }
}

static void visit_struct(struct walk *w, const struct field *f)
{
    open_group(w, f, false);
    visit_members(w, f);
    close_group(w);
}

/* The variables of a section of the object. */
static void visit_section(struct walk *w, const struct field *f)
{
    open_group(w, f, false);
    for (uint32_t i = 0; i < btf_vlen(f->t) && !w->ended; i++) {
        const struct btf_var_secinfo *place = &btf_var_secinfos(f->t)[i];
        const struct btf_type *var = btf__type_by_id(w->btf, place->type);
        if (!var || !btf_is_var(var) || place->offset >= f->n || place->size > f->n - place->offset)
            continue;
        const char *name = btf__name_by_offset(w->btf, var->name_off);
        struct field m = {.name = name ? name : "", .type = var->type, .at = f->at + place->offset, .n = place->size};
        visit(w, &m);
    }
    close_group(w);
}

static void cut(struct walk *w, const struct field *f)
{
    struct leaf l = {.kind = LEAF_CUT};
    w->ended = true;
    emit(w, f, &l);
}

static void visit_other(struct walk *w, const struct field *f)
{
    struct leaf l = {.kind = LEAF_BYTES, .bytes = (const char *)f->at, .n = f->n};
    if (f->t && btf_is_ptr(f->t))
        l = (struct leaf){.kind = LEAF_HEX, .u = field_number(f), .width = (uint8_t)f->n};
    emit(w, f, &l);
}

/* Whether all bytes of a type without parts are there. */
static bool is_whole(const struct walk *w, struct field *f)
{
    size_t size = f->bits ? f->n : typed_size(w->btf, f->type);
    if (!f->bits && f->n > size)
        f->n = size;
    return f->n && f->n == size;
}

/* A stack in place of its number. False: it is not known. */
static bool visit_stack(struct walk *w, const struct field *f, const struct leaf *number)
{
    uint64_t frames[TYPED_MAX_FRAMES];
    const struct typed_options *o = w->o;
    size_t n = number->stack && o->stack ? o->stack(o->stack_arg, f->name, (uint32_t)number->u, frames, TYPED_MAX_FRAMES) : 0;
    if (!n)
        return false;
    open_group(w, f, true);
    for (size_t i = 0; i < n && i < TYPED_MAX_FRAMES; i++) {
        struct leaf l = {.kind = LEAF_HEX, .u = frames[i]};
        const struct code_address at = {frames[i], o->pid, i > 0};
        if (o->symbol && o->symbol(o->symbol_arg, &at, l.words, sizeof l.words))
            l.kind = LEAF_NAME;
        w->v->leaf(w->v->arg, NULL, &l);
    }
    close_group(w);
    return true;
}

static void visit_plain(struct walk *w, struct field *f)
{
    struct leaf none = {.kind = LEAF_NONE};
    if (!f->t || btf_kind(f->t) == BTF_KIND_UNKN || btf_is_fwd(f->t) || btf_is_func(f->t) || btf_is_func_proto(f->t))
        visit_other(w, f);
    else if (!is_whole(w, f))
        emit(w, f, &none);
    else if (form_apply(w->btf, f, w->o, &none)) {
        if (!visit_stack(w, f, &none))
            emit(w, f, &none);
    } else if (btf_is_int(f->t))
        emit_int(w, f);
    else if (btf_is_any_enum(f->t))
        emit_enum(w, f);
    else if (btf_is_float(f->t))
        emit_float(w, f);
    else
        visit_other(w, f);
}

void field_resolve(const struct btf *btf, const struct typed_options *o, struct field *f)
{
    const char *wanted = f->name && o->form_of ? o->form_of(o->form_arg, f->name) : NULL;
    f->t = field_bare_type(btf, &f->type, &f->form);
    if (wanted)
        f->form = wanted;
    else if (!f->form && f->name && f->t)
        f->form = form_by_name(btf, f);
}

static void visit(struct walk *w, struct field *f)
{
    field_resolve(w->btf, w->o, f);
    struct leaf l = {0};
    if (++w->fields > TYPED_MAX_FIELDS || w->depth >= TYPED_MAX_DEPTH)
        cut(w, f);
    else if (!f->t || !(btf_is_composite(f->t) || btf_is_array(f->t) || btf_is_datasec(f->t)))
        visit_plain(w, f);
    else if (form_apply(w->btf, f, w->o, &l))
        emit(w, f, &l);
    else if (btf_is_array(f->t))
        visit_array(w, f);
    else if (btf_is_datasec(f->t))
        visit_section(w, f);
    else
        visit_struct(w, f);
}

void typed_walk(const struct btf *btf, uint32_t type, const void *bytes, size_t n, const struct typed_options *o,
                const struct typed_visitor *v)
{
    struct typed_options own = o ? *o : (struct typed_options){0};
    if (own.symbol && !own.pid)
        own.pid = typed_pid(btf, type, bytes, n);
    struct walk w = {.btf = btf, .o = &own, .v = v};
    struct field f = {.type = type, .at = bytes, .n = n};
    visit(&w, &f);
}
