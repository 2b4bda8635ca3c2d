/* Histograms: one line a bucket, from the first to the last that is not empty. */
#include "trace/print/internal.h"

#include <stdlib.h>
#include <string.h>

enum { BAR_WIDTH = 52, LABEL_WIDTH = 16, COUNT_WIDTH = 8 };

struct bucket {
    bool has_low, has_high;     /* without: open to that side */
    uint64_t low, high;         /* s64 when is_signed; high is not in it */
    bool is_signed, ends_range; /* high is 2^64 */
};

/* Bucket 0 is negative values; then one for each value below 2^k, then 2^k for each power of two. */
static struct bucket hist_bucket(const struct value_type *type, uint32_t n)
{
    uint32_t bits = (uint32_t)type->parameters[0] & 7, each = 1u << bits;
    if (n == 0)
        return (struct bucket){.has_high = true, .is_signed = true};
    n--;
    if (n < each)
        return (struct bucket){.has_low = true, .has_high = true, .low = n, .high = n + 1ull};
    uint32_t power = bits + (n >> bits) - 1, shift = power - bits;
    uint64_t low = (uint64_t)(each + (n & (each - 1))) << shift;
    uint64_t high = low + ((uint64_t)1 << shift);
    return (struct bucket){.has_low = true, .has_high = true, .low = low, .high = high, .ends_range = high == 0};
}

static struct bucket lhist_bucket(const struct value_type *type, uint32_t n, uint32_t last)
{
    int64_t min = type->parameters[0], max = type->parameters[1], step = type->parameters[2], low, high;
    if (n == 0)
        return (struct bucket){.has_high = true, .high = (uint64_t)min, .is_signed = true};
    if (n == last)
        return (struct bucket){.has_low = true, .low = (uint64_t)max, .is_signed = true};
    if (__builtin_mul_overflow((int64_t)n - 1, step, &low) || __builtin_add_overflow(low, min, &low) || low > max)
        low = max;
    if (__builtin_add_overflow(low, step, &high) || high > max)
        high = max;
    return (struct bucket){.has_low = true, .has_high = true, .low = (uint64_t)low, .high = (uint64_t)high, .is_signed = true};
}

/* Whole multiples of 1024 are written with the largest unit that leaves a whole number: 1536, 2K, 1M. */
static void edge(struct text *out, uint64_t v, bool is_signed)
{
    static const char units[] = " KMGTPE";
    int unit = 0;
    bool negative = is_signed && (int64_t)v < 0;
    uint64_t size = negative ? -v : v;
    while (size && size % 1024 == 0 && unit < 6) {
        size /= 1024;
        unit++;
    }
    if (negative)
        text_addc(out, '-');
    text_add_u64(out, size);
    if (unit)
        text_addc(out, units[unit]);
}

static void label(const struct bucket *b, bool is_hist, struct text *out)
{
    if (b->has_low && b->has_high && is_hist && b->high == b->low + 1) {
        text_addc(out, '[');
        edge(out, b->low, false);
        text_addc(out, ']');
        return;
    }
    text_adds(out, b->has_low ? "[" : "(...");
    if (b->has_low)
        edge(out, b->low, b->is_signed);
    text_adds(out, ", ");
    if (b->ends_range)
        text_adds(out, "16E)");
    else if (b->has_high)
        edge(out, b->high, b->is_signed);
    if (!b->ends_range)
        text_adds(out, b->has_high ? ")" : "...)");
}

static void line(const struct bucket *b, bool is_hist, uint64_t count, uint64_t most, uint64_t divisor, struct text *out)
{
    char bar[BAR_WIDTH + 1];
    size_t before = out->length;
    label(b, is_hist, out);
    size_t width = out->length - before;
    text_addf(out, "%*s", width < LABEL_WIDTH ? (int)(LABEL_WIDTH - width) : 0, "");
    size_t filled = most ? (size_t)((unsigned __int128)count * BAR_WIDTH / most) : 0;
    memset(bar, ' ', BAR_WIDTH);
    memset(bar, '@', filled);
    bar[BAR_WIDTH] = '\0';
    text_addf(out, "%*llu |%s|\n", COUNT_WIDTH, (unsigned long long)number_divide(count, false, divisor), bar);
}

static void member(const struct bucket *b, uint64_t count, uint64_t divisor, struct text *out)
{
    text_addc(out, '{');
    if (b->has_low) {
        text_adds(out, "\"min\": ");
        number_add(out, b->low, b->is_signed);
        text_adds(out, ", ");
    }
    if (b->has_high) {
        text_adds(out, "\"max\": ");
        number_add(out, b->high - 1, b->is_signed);
        text_adds(out, ", ");
    }
    text_addf(out, "\"count\": %llu}", (unsigned long long)number_divide(count, false, divisor));
}

static void buckets(const struct print_style *style, const struct value_type *type, const uint64_t *counts, uint32_t n, uint64_t divisor,
                    struct text *out)
{
    uint64_t most = 0;
    uint32_t first = n, last = 0;
    for (uint32_t i = 0; i < n; i++) {
        if (!counts[i])
            continue;
        most = counts[i] > most ? counts[i] : most;
        first = i < first ? i : first;
        last = i;
    }
    bool is_hist = type->kind == VALUE_HIST;
    for (uint32_t i = first; first < n && i <= last; i++) {
        struct bucket b = is_hist ? hist_bucket(type, i) : lhist_bucket(type, i, n - 1);
        if (style->form != PRINT_JSON) {
            line(&b, is_hist, counts[i], most, divisor, out);
            continue;
        }
        text_adds(out, i > first ? ", " : "");
        member(&b, counts[i], divisor, out);
    }
}

static bool is_sound(const struct value_type *type)
{
    const int64_t *p = type->parameters;
    return type->kind == VALUE_HIST ? p[0] >= 0 && p[0] <= HIST_MAX_BITS : p[2] > 0 && p[1] > p[0];
}

void hist_print(const struct print_style *style, const struct value_type *type, const void *bytes, uint32_t cpus, uint64_t divisor,
                struct text *out)
{
    uint32_t n = is_sound(type) ? total_counters(type) : 0;
    uint64_t *counts = calloc(n + 1, sizeof *counts);
    for (uint32_t i = 0; counts && i < n; i++)
        counts[i] = total_counter(type, bytes, cpus, i);
    if (style->form == PRINT_JSON)
        text_addc(out, '[');
    if (counts)
        buckets(style, type, counts, n, divisor, out);
    if (style->form == PRINT_JSON)
        text_addc(out, ']');
    free(counts);
}
