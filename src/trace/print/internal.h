/* What the files of this folder share. */
#pragma once
#include "trace/print/print.h"

enum { VALUE_DEPTH_MAX = 200 }; /* of types in types; deeper ones print as … */

/* Where a value is printed, which decides how far stacks are indented. */
enum { INDENT_MAP = 4, INDENT_VALUE = 8 };

struct printer {
    const struct print_style *style;
    int indent; /* of stacks' frames */
    int depth;
    bool is_json_key; /* text, but numbers have no names */
};

/* number.c */
/* A number of 1, 2, 4 or 8 bytes (others count as the next smaller of these), extended to 64 bits by its sign or by zeros. */
uint64_t number_read(const struct value_type *type, const void *bytes);
uint64_t number_field(const struct value_field *field, const void *bytes); /* a bit field */
void number_add(struct text *out, uint64_t v, bool is_signed);
uint64_t number_divide(uint64_t v, bool is_signed, uint64_t divisor);     /* 0: as it is */
const char *number_enumerator(const struct value_type *type, uint64_t v); /* NULL: none has that value */

/* total.c: aggregations over CPUs, which lie `stride` bytes apart. */
struct totals {
    uint64_t value, count; /* value: the total, the extreme, the number of events; count: of avg and stats */
    bool is_signed;
};
struct totals total_read(const struct value_type *type, const void *bytes, uint32_t cpus);
static inline bool total_is_average(const struct value_type *type)
{
    return type->kind == VALUE_AVG || type->kind == VALUE_STATS;
}
uint64_t total_average(const struct totals *t);
uint32_t total_stride(const struct value_type *type);
/* The sum over CPUs of the n-th u64. */
uint64_t total_counter(const struct value_type *type, const void *bytes, uint32_t cpus, uint32_t n);
uint32_t total_counters(const struct value_type *type); /* how many a histogram has */

/* value.c */
void value_text(struct printer *p, const struct value_type *type, const void *bytes, struct text *out);
void value_json(struct printer *p, const struct value_type *type, const void *bytes, struct text *out);
void value_stats(struct printer *p, const struct totals *t, struct text *out); /* count 2, average 3, total 7 */
/* A map's key between brackets, or as the name of a JSON object's member without its quotes. */
void value_key(struct printer *p, const struct value_type *type, const void *bytes, struct text *out);

/* name.c: what user space knows the words for. True when it was one of those kinds. */
bool name_text(struct printer *p, const struct value_type *type, const void *bytes, struct text *out);
void name_stack(struct printer *p, const struct value_type *type, const void *bytes, struct text *out);

/* bytes.c */
enum buffer_form { BUFFER_MIXED, BUFFER_ESCAPED, BUFFER_HEX }; /* ab\x01, \x61\x62\x01, 61 62 01 */
void buffer_text(const struct value_type *type, const void *bytes, enum buffer_form form, struct text *out);
void string_text(const struct print_style *style, const struct value_type *type, const void *bytes, struct text *out);
bool type_is_text(const struct value_type *type); /* a string, or an array of C's char */

/* hist.c: the lines of the buckets in text, [{"min": …}, …] in JSON. */
void hist_print(const struct print_style *style, const struct value_type *type, const void *bytes, uint32_t cpus, uint64_t divisor,
                struct text *out);

/* tseries.c */
struct tseries_view {
    uint64_t last;       /* interval; 0: the newest of this value */
    int64_t least, most; /* of the chart; both 0: of the values */
    int64_t boot_to_utc_ns;
};
uint64_t tseries_newest(const struct value_type *type, const void *bytes, uint32_t cpus);
void tseries_print(const struct print_style *style, const struct tseries_view *view, const struct value_type *type, const void *bytes,
                   uint32_t cpus, struct text *out);

/* sort.c: sorts the rows and returns how many of the first to leave out for `top`. */
size_t rows_sort(struct map_print *map);
