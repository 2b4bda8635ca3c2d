#include "trace/print/internal.h"

#include <string.h>

uint32_t total_stride(const struct value_type *type)
{
    return (type->size + 7) / 8 * 8;
}

static uint64_t word(const void *bytes, size_t n)
{
    uint64_t v;
    memcpy(&v, (const char *)bytes + n * 8, 8);
    return v;
}

static bool is_better(const struct value_type *type, uint64_t v, uint64_t than)
{
    bool less = type->is_signed ? (int64_t)v < (int64_t)than : v < than;
    return v != than && less == (type->kind == VALUE_MIN);
}

static void add(struct totals *t, const struct value_type *type, const void *bytes)
{
    switch (type->kind) {
    case VALUE_COUNT:
    case VALUE_SUM: t->value += word(bytes, 0); break;
    case VALUE_AVG:
    case VALUE_STATS:
        t->value += word(bytes, 0);
        t->count += word(bytes, 1);
        break;
    case VALUE_MIN:
    case VALUE_MAX:
        if (word(bytes, 1) && (!t->count || is_better(type, word(bytes, 0), t->value))) {
            t->value = word(bytes, 0);
            t->count = 1;
        }
        break;
    case VALUE_HIST:
    case VALUE_LHIST:
        for (uint32_t i = 0; i < total_counters(type); i++)
            t->value += word(bytes, i);
        break;
    default: break;
    }
}

struct totals total_read(const struct value_type *type, const void *bytes, uint32_t cpus)
{
    bool counts = type->kind == VALUE_COUNT || type->kind == VALUE_HIST || type->kind == VALUE_LHIST;
    struct totals t = {.is_signed = type->is_signed && !counts};
    for (uint32_t cpu = 0; cpu < cpus; cpu++)
        add(&t, type, (const char *)bytes + (size_t)cpu * total_stride(type));
    return t;
}

uint64_t total_average(const struct totals *t)
{
    return t->count ? number_divide(t->value, t->is_signed, t->count) : 0;
}

uint32_t total_counters(const struct value_type *type)
{
    uint64_t n = type->size / 8, wanted = n;
    const int64_t *p = type->parameters;
    if (type->kind == VALUE_HIST && p[0] >= 0 && p[0] <= HIST_MAX_BITS)
        wanted = hist_buckets(p[0]);
    if (type->kind == VALUE_LHIST && p[2] > 0 && p[1] > p[0])
        wanted = lhist_buckets(p[0], p[1], p[2]);
    return (uint32_t)(wanted < n ? wanted : n);
}

uint64_t total_counter(const struct value_type *type, const void *bytes, uint32_t cpus, uint32_t n)
{
    uint64_t sum = 0;
    for (uint32_t cpu = 0; cpu < cpus; cpu++)
        sum += word((const char *)bytes + (size_t)cpu * total_stride(type), n);
    return sum;
}
