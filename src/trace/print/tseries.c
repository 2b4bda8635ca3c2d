/* Time series: a chart, one line an interval, from the first that has a value to the newest. */
#include "base/clock.h"
#include "trace/print/internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { GRAPH_WIDTH = 53, GRAPH_LAST = GRAPH_WIDTH - 1, TIME_MAX = 32 };

struct point {
    bool is_set;
    struct totals sum;
};

struct series {
    const struct value_type *type;
    const struct tseries_view *view;
    struct point *points; /* of the intervals from `first` on */
    uint64_t first, count;
    uint64_t interval_ns;
    __int128 least, most;
};

static uint64_t intervals_of(const struct value_type *type)
{
    uint64_t room = type->size / sizeof(struct value_tseries_bucket);
    uint64_t wanted = type->parameters[1] > 0 ? (uint64_t)type->parameters[1] : 0;
    return wanted < room ? wanted : room;
}

static struct value_tseries_bucket bucket_at(const struct value_type *type, const void *bytes, uint32_t cpu, uint64_t n)
{
    struct value_tseries_bucket b;
    memcpy(&b, (const char *)bytes + (size_t)cpu * total_stride(type) + n * sizeof b, sizeof b);
    return b;
}

uint64_t tseries_newest(const struct value_type *type, const void *bytes, uint32_t cpus)
{
    uint64_t last = 0;
    for (uint32_t cpu = 0; cpu < cpus; cpu++)
        for (uint64_t i = 0; i < intervals_of(type); i++) {
            struct value_tseries_bucket b = bucket_at(type, bytes, cpu, i);
            last = b.epoch > last ? b.epoch : last;
        }
    return last;
}

static bool is_less(const struct value_type *type, uint64_t a, uint64_t b)
{
    return type->is_signed ? (int64_t)a < (int64_t)b : a < b;
}

/* What CPUs saw in one interval becomes one value. */
static void merge(const struct value_type *type, struct point *p, const struct value_avg *v)
{
    bool replaces = !p->is_set;
    switch (type->parameters[2]) {
    case VALUE_SUM:
    case VALUE_COUNT:
    case VALUE_AVG:
        p->sum.value += v->total;
        p->sum.count += v->count;
        break;
    case VALUE_MIN: replaces = replaces || is_less(type, v->total, p->sum.value); break;
    case VALUE_MAX: replaces = replaces || is_less(type, p->sum.value, v->total); break;
    default: replaces = replaces || v->count > p->sum.count; break; /* the last value, by when it was kept */
    }
    if (replaces)
        p->sum = (struct totals){v->total, v->count, type->is_signed};
    p->is_set = true;
}

static bool is_summed(const struct value_type *type) /* an interval without events is a zero */
{
    return type->parameters[2] == VALUE_SUM || type->parameters[2] == VALUE_COUNT;
}

static uint64_t point_value(const struct value_type *type, const struct point *p)
{
    return type->parameters[2] == VALUE_AVG ? total_average(&p->sum) : p->sum.value;
}

static __int128 wide(const struct value_type *type, uint64_t v)
{
    return type->is_signed ? (__int128)(int64_t)v : (__int128)v;
}

static bool series_read(struct series *s, const void *bytes, uint32_t cpus)
{
    const struct value_type *type = s->type;
    uint64_t n = intervals_of(type), last = s->view->last ? s->view->last : tseries_newest(type, bytes, cpus);
    s->points = calloc(n + 1, sizeof *s->points);
    if (!s->points || !last)
        return false;
    uint64_t oldest = last >= n ? last - n + 1 : 1, first = 0;
    for (uint32_t cpu = 0; cpu < cpus; cpu++)
        for (uint64_t i = 0; i < n; i++) {
            struct value_tseries_bucket b = bucket_at(type, bytes, cpu, i);
            if (b.epoch >= oldest && b.epoch <= last) {
                merge(type, &s->points[b.epoch - oldest], &b.sum);
                first = !first || b.epoch < first ? b.epoch : first;
            }
        }
    if (!first)
        return false;
    memmove(s->points, s->points + (first - oldest), (last - first + 1) * sizeof *s->points);
    s->first = first;
    s->count = last - first + 1;
    return true;
}

/* The range of the chart: what was asked for, or that of the values with something on both sides of a single one. */
static void series_range(struct series *s)
{
    bool some = false;
    for (uint64_t i = 0; i < s->count; i++) {
        const struct point *p = &s->points[i];
        if (!p->is_set && !is_summed(s->type))
            continue;
        __int128 v = wide(s->type, point_value(s->type, p));
        s->least = !some || v < s->least ? v : s->least;
        s->most = !some || v > s->most ? v : s->most;
        some = true;
    }
    if (s->view->least < s->view->most) {
        s->least = s->view->least;
        s->most = s->view->most;
    } else if (s->least == s->most) {
        s->least--;
        s->most++;
    }
}

static int digits_of(uint64_t interval_ns)
{
    return interval_ns < NS_PER_US ? 9 : interval_ns < NS_PER_MS ? 6 : interval_ns < NS_PER_S ? 3 : 0;
}

/* "10:41:46.700", in local time. */
static void interval_start(const struct series *s, uint64_t epoch, char out[TIME_MAX])
{
    static const int64_t units[] = {[0] = 1, [3] = NS_PER_MS, [6] = NS_PER_US, [9] = 1};
    int64_t boot = (int64_t)(epoch * s->interval_ns);
    int64_t ns = s->view->boot_to_utc_ns ? (int64_t)((uint64_t)boot + (uint64_t)s->view->boot_to_utc_ns) : clock_boot_to_utc(boot);
    int64_t seconds_ns = ns % NS_PER_S, within = seconds_ns < 0 ? seconds_ns + NS_PER_S : seconds_ns;
    time_t seconds = (time_t)(ns / NS_PER_S - (seconds_ns < 0));
    int digits = digits_of(s->interval_ns);
    struct tm tm = {0};
    localtime_r(&seconds, &tm);
    size_t n = strftime(out, TIME_MAX, "%H:%M:%S", &tm);
    if (digits)
        snprintf(out + n, TIME_MAX - n, ".%0*lld", digits, (long long)(within / units[digits]));
}

static int column_of(const struct series *s, __int128 v)
{
    return (int)((v - s->least) * GRAPH_LAST / (s->most - s->least));
}

static void add_wide(__int128 v, struct text *out) /* of -2^63 - 1 to 2^64 */
{
    if (v < 0)
        text_addc(out, '-');
    unsigned __int128 size = v < 0 ? (unsigned __int128)-v : (unsigned __int128)v;
    if (size > UINT64_MAX)
        text_adds(out, "18446744073709551616");
    else
        text_add_u64(out, (uint64_t)size);
}

/* The least value on the left, the greatest on the right. */
static void range_line(const struct series *s, int indent, struct text *out)
{
    struct text most = {0};
    text_addf(out, "%*s", indent, "");
    size_t before = out->length;
    add_wide(s->least, out);
    add_wide(s->most, &most);
    size_t used = out->length - before;
    text_addf(out, "%*s\n", used < GRAPH_WIDTH ? (int)(GRAPH_WIDTH - used) : 0, most.bytes ? most.bytes : "");
    text_free(&most);
}

static void point_line(const struct series *s, uint64_t i, struct text *out)
{
    char graph[GRAPH_WIDTH + 1], start[TIME_MAX] = "";
    const struct point *p = &s->points[i];
    bool has_value = p->is_set || is_summed(s->type);
    uint64_t v = point_value(s->type, p);
    __int128 w = wide(s->type, v);
    memset(graph, ' ', GRAPH_WIDTH);
    graph[GRAPH_WIDTH] = '\0';
    graph[0] = graph[GRAPH_LAST] = '|';
    if (s->least < 0 && s->most > 0)
        graph[column_of(s, 0)] = '.';
    if (has_value && w >= s->least && w <= s->most)
        graph[column_of(s, w)] = '*';
    interval_start(s, s->first + i, start);
    text_addf(out, "%s %s ", start, graph);
    if (has_value)
        number_add(out, v, s->type->is_signed);
    else
        text_addc(out, '-');
    text_addc(out, '\n');
}

static void chart(const struct series *s, struct text *out)
{
    static const char *const legends[] = {[0] = "hh:mm:ss", [3] = "hh:mm:ss.ms", [6] = "hh:mm:ss.us", [9] = "hh:mm:ss.ns"};
    char line[GRAPH_WIDTH - 1];
    int digits = digits_of(s->interval_ns), indent = 8 + (digits ? 1 + digits : 0) + 1;
    memset(line, '_', sizeof line - 1);
    line[sizeof line - 1] = '\0';
    range_line(s, indent, out);
    text_addf(out, "%-*s|%s|\n", indent, legends[digits], line);
    for (uint64_t i = 0; i < s->count; i++)
        point_line(s, i, out);
    text_addf(out, "%*sv%sv\n", indent, "", line);
    range_line(s, indent, out);
}

static void members(const struct series *s, struct text *out)
{
    for (uint64_t i = 0; i < s->count; i++) {
        const struct point *p = &s->points[i];
        char start[TIME_MAX] = "";
        interval_start(s, s->first + i, start);
        text_addf(out, "%s{\"interval_start\": \"%s\", \"value\": ", i ? ", " : "", start);
        if (p->is_set || is_summed(s->type))
            number_add(out, point_value(s->type, p), s->type->is_signed);
        else
            text_adds(out, "null");
        text_addc(out, '}');
    }
}

void tseries_print(const struct print_style *style, const struct tseries_view *view, const struct value_type *type, const void *bytes,
                   uint32_t cpus, struct text *out)
{
    bool is_json = style->form == PRINT_JSON;
    struct series s = {.type = type, .view = view, .interval_ns = (uint64_t)type->parameters[0]};
    text_adds(out, is_json ? "[" : "");
    if (series_read(&s, bytes, cpus)) {
        series_range(&s);
        (is_json ? members : chart)(&s, out);
    }
    text_adds(out, is_json ? "]" : "");
    free(s.points);
}
