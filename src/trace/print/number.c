#include "trace/print/internal.h"

#include <string.h>

static uint64_t extend(uint64_t v, unsigned bits, bool is_signed)
{
    if (bits >= 64)
        return v;
    v &= ((uint64_t)1 << bits) - 1;
    bool negative = is_signed && bits && v >> (bits - 1) & 1;
    return negative ? v | ~(uint64_t)0 << bits : v;
}

uint64_t number_read(const struct value_type *type, const void *bytes)
{
    uint32_t size = type->size >= 8 ? 8 : type->size >= 4 ? 4 : type->size >= 2 ? 2 : type->size;
    uint64_t v = 0;
    memcpy(&v, bytes, size); /* little endian, as all machines with our kernel programs are */
    return extend(v, size * 8, type->is_signed);
}

uint64_t number_field(const struct value_field *field, const void *bytes)
{
    if (!field->bit_size)
        return number_read(field->type, bytes);
    uint64_t v = 0;
    unsigned bits = field->bit_offset % 8u + field->bit_size;
    const uint8_t *first = (const uint8_t *)bytes + field->bit_offset / 8;
    for (unsigned i = 0; i * 8 < bits && i < 9; i++) {
        unsigned at = i * 8;
        if (at >= field->bit_offset % 8u)
            v |= at - field->bit_offset % 8u < 64 ? (uint64_t)first[i] << (at - field->bit_offset % 8u) : 0;
        else
            v |= (uint64_t)first[i] >> (field->bit_offset % 8u - at);
    }
    return extend(v, field->bit_size, field->type->is_signed);
}

void number_add(struct text *out, uint64_t v, bool is_signed)
{
    if (is_signed)
        text_add_i64(out, (int64_t)v);
    else
        text_add_u64(out, v);
}

uint64_t number_divide(uint64_t v, bool is_signed, uint64_t divisor)
{
    if (divisor <= 1)
        return v;
    if (!is_signed)
        return v / divisor;
    if (divisor > INT64_MAX)
        return 0;
    return (uint64_t)((int64_t)v / (int64_t)divisor);
}

const char *number_enumerator(const struct value_type *type, uint64_t v)
{
    const struct enumeration *e = type->enumeration;
    unsigned bits = type->size * 8;
    for (uint32_t i = 0; e && i < e->count; i++)
        if (extend((uint64_t)e->values[i].value, bits, false) == extend(v, bits, false))
            return e->values[i].name;
    return NULL;
}
