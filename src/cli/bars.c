#include "cli/bars.h"

#include "base/human.h"
#include "table/histogram.h"

#include <math.h>
#include <string.h>

enum { WIDTH = 80, BAR_LEAST = 10, BAR_MOST = 60 };

struct line {
    uint64_t low, high, count;
};

static void add_value(struct text *t, uint64_t v, enum bars_unit unit)
{
    if (unit == BARS_BYTES)
        human_bytes(t, v);
    else
        human_duration(t, v);
}

/* Lines of one power of two each: 0 and 1, 2 to 3, 4 to 7 … */
static size_t make_lines(struct line *lines, const uint64_t *counts, size_t n)
{
    size_t used = 0, end = 0;
    for (size_t i = 0; i < HISTOGRAM_BUCKETS; i += 2) {
        uint64_t count = (i < n ? counts[i] : 0) + (i + 1 < n ? counts[i + 1] : 0);
        if (!count && !used)
            continue;
        lines[used++] = (struct line){histogram_lower(i), histogram_lower(i + 2), count};
        if (count)
            end = used;
    }
    return end;
}

static void add_range(struct text *t, const struct line *l, enum bars_unit unit)
{
    add_value(t, l->low, unit);
    text_adds(t, " - ");
    add_value(t, l->high, unit);
}

static size_t widest(const struct line *lines, size_t n, enum bars_unit unit, size_t *counts)
{
    struct text t = {0};
    size_t range = 0;
    *counts = 5;
    for (size_t i = 0; i < n; i++) {
        text_clear(&t);
        add_range(&t, &lines[i], unit);
        range = t.length > range ? t.length : range;
        text_clear(&t);
        human_count(&t, lines[i].count);
        *counts = t.length > *counts ? t.length : *counts;
    }
    text_free(&t);
    return range;
}

static void pad(struct text *t, size_t from, size_t width)
{
    while (t->length - from < width && !t->full)
        text_addc(t, ' ');
}

static void add_right(struct text *out, uint64_t count, size_t width)
{
    struct text t = {0};
    human_count(&t, count);
    for (size_t i = t.length; i < width; i++)
        text_addc(out, ' ');
    text_add(out, t.bytes ? t.bytes : "", t.length);
    text_free(&t);
}

static void add_bar(struct text *out, uint64_t count, uint64_t most, size_t width)
{
    size_t filled = most ? (size_t)lround((double)count / (double)most * (double)width) : 0;
    if (count && !filled)
        filled = 1;
    text_addc(out, '|');
    for (size_t i = 0; i < width; i++)
        text_addc(out, i < filled ? '#' : ' ');
    text_adds(out, "|\n");
}

void bars_draw(struct text *out, const uint64_t *counts, size_t n, enum bars_unit unit, size_t width)
{
    struct line lines[HISTOGRAM_BUCKETS / 2];
    size_t used = make_lines(lines, counts, n), count_width, range = widest(lines, used, unit, &count_width);
    size_t taken = 2 + range + 2 + count_width + 4, room = width ? width : WIDTH;
    size_t bar = room > taken + BAR_LEAST ? room - taken : BAR_LEAST;
    uint64_t most = 0;
    for (size_t i = 0; i < used; i++)
        most = lines[i].count > most ? lines[i].count : most;
    for (size_t i = 0; i < used; i++) {
        size_t from = out->length;
        text_adds(out, "  ");
        add_range(out, &lines[i], unit);
        pad(out, from, range + 4);
        add_right(out, lines[i].count, count_width);
        text_adds(out, "  ");
        add_bar(out, lines[i].count, most, bar > BAR_MOST ? BAR_MOST : bar);
    }
}

void bars_summary(struct text *out, const uint64_t *counts, size_t n, enum bars_unit unit, const char *what, uint64_t max)
{
    static const struct {
        const char *name;
        double share;
    } shares[] = {{"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"p99.9", 0.999}};
    uint64_t total = 0;
    for (size_t i = 0; i < n; i++)
        total += counts[i];
    human_count(out, total);
    text_addf(out, " %s", what);
    for (size_t i = 0; total && i < sizeof shares / sizeof shares[0]; i++) {
        text_addf(out, ", %s ", shares[i].name);
        double v = histogram_quantile(counts, n, shares[i].share);
        add_value(out, v > 0 ? (uint64_t)v : 0, unit);
    }
    if (max) {
        text_adds(out, ", most ");
        add_value(out, max, unit);
    }
}
