/* From bytes to what the user reads: values, maps, histograms, printf; as text (byte for byte what bpftrace prints) and as its JSON. */
#pragma once
#include "base/text.h"
#include "trace/types/aggregate.h"
#include "trace/types/type.h"

/* What only the run time knows. Any function may be NULL: the number is then printed. Each appends to `out`. */
struct print_names {
    void *arg;
    /* A frame or symbol: "vfs_read+12"; with_offset false: "vfs_read". What appends nothing knows no symbol there. */
    void (*kernel_symbol)(void *arg, uint64_t address, bool with_offset, struct text *out);
    void (*user_symbol)(void *arg, uint64_t address, uint32_t pid, uint32_t probe, bool with_offset, struct text *out);
    /* The file that the address of the process is mapped from, for stacks in perf's form; nothing: unknown. */
    void (*user_module)(void *arg, uint64_t address, uint32_t pid, uint32_t probe, struct text *out);
    /* The frames of a stack, up to `most`; returns how many, or a negative errno. */
    int (*stack)(void *arg, bool user, const struct value_stack *stack, uint64_t *frames, uint32_t most);
    void (*user_name)(void *arg, uint32_t uid, struct text *out);
    void (*probe_name)(void *arg, uint64_t index, struct text *out);
    void (*timestamp)(void *arg, const struct value_timestamp *t, struct text *out);
    void (*cgroup_path)(void *arg, const struct value_cgroup_path *p, struct text *out);
};

enum print_form { PRINT_TEXT, PRINT_JSON };

struct print_style {
    enum print_form form;
    const struct print_names *names;
    /* Stands behind a string that fills a type of cut_size bytes (with or without a NUL): config's str_trunc_trailer and max_strlen. */
    const char *cut_trailer;
    uint32_t cut_size;
    /* What to add to the boot clock for UTC, in ns; 0: the clock is asked. For the times of tseries. */
    int64_t boot_to_utc_ns;
};

/* One value, as print($x) or a tuple's member shows it. The bytes need not be aligned. In JSON: a JSON value. Aggregations are those of one
 * CPU. */
void print_value(const struct print_style *style, const struct value_type *type, const void *bytes, struct text *out);
/* print($x): the value and a newline, or {"type": "value", "data": 5}\n. */
void print_value_event(const struct print_style *style, const struct value_type *type, const void *bytes, struct text *out);

/* --- maps ------------------------------------------------------------------------------------------------------------------ */

struct map_row {
    const void *key;   /* NULL: the map has no key */
    const void *value; /* for aggregations: the values of all CPUs, `cpus` times the type's size rounded up to 8 */
};

struct map_print {
    const char *name;                     /* "@bytes" */
    const struct value_type *key, *value; /* key NULL: a scalar */
    struct map_row *rows;                 /* sorted by the function, in place */
    size_t count;
    uint32_t cpus;         /* 1 for values that are not per CPU */
    uint64_t top, divisor; /* 0: none. Of tseries (as s64): the least and the greatest value of the chart */
    uint64_t now_epoch;    /* of tseries: the last interval to show; 0: the newest of all rows */
};
/* print(@x): each row on a line ("@[bash]: 12"), sorted by value, then key (by key where values cannot be compared), histograms with their
 * bars. As bpftrace puts them, an empty line stands behind each histogram and time series and behind a map of avg() or stats(), and a map
 * without rows is one empty line (two for avg and stats). In JSON one line: {"type": "map", "data": {"@": {…}}} (hist, stats, tseries have
 * own types), nothing for a map without rows. */
void print_map(const struct print_style *style, struct map_print *map, struct text *out);

/* --- printf ---------------------------------------------------------------------------------------------------------------- */

struct format; /* a parsed format string */
struct complaints;
struct place;
struct format_argument {
    const struct value_type *type;
    uint32_t offset; /* in the record's payload */
};
/* Parses and checks it against the arguments' types: %d %u %x %X %o %p %s %c %i with flags, width, precision, l, ll, h, hh, z, j; %r and
 * %rx and %rh for buffers; %s for everything that prints as text. What is no conversion is text, as bpftrace has it ("100% done").
 * Complains at the place, with the argument's number and both types. NULL then. Lives in the arena of the complaints. */
struct format *format_parse(struct complaints *c, struct place place, const char *text, size_t length,
                            const struct format_argument *arguments, size_t n_arguments);
enum { FORMAT_WIDTH_MAX = 4096, FORMAT_OUTPUT_MAX = 1024 * 1024 }; /* of one conversion; of one format_print, in bytes */
/* The text alone, without a JSON frame: printf, cat, system and strftime's arguments use it. The payload may be shorter than the arguments:
 * numbers that are not in it are 0, strings end where it ends. At most FORMAT_OUTPUT_MAX bytes are added. */
void format_print(const struct format *format, const struct print_style *style, const void *payload, size_t size, struct text *out);

/* {"type": "printf", "data": "…"}\n in JSON, the text itself otherwise. type: printf, time, cat, join, value, syscall, errorf … */
void print_event(const struct print_style *style, const char *type, const char *bytes, size_t n, struct text *out);
