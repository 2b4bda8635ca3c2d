/* The table of providers, shared by the files of probes/. */
#pragma once
#include "trace/probes/probe.h"

/* What an expansion works with. */
struct expansion {
    const struct attach_point *point;
    struct probe_scope *scope;
    struct types *types;
    struct complaints *complaints;
    struct target *first, **last;
    enum provider provider;
    bool listing;           /* for sonde trace -l: what there is, whether it can be attached or not */
    uint32_t matched, most; /* functions of a wildcard */
};

struct probe_provider {
    const char *name;       /* in full; what `probe` says */
    const char *aliases[3]; /* in lower case */
    enum provider provider;
    uint32_t least, most; /* parts behind the provider */
    const char *form;     /* "tracepoint:CATEGORY:NAME" */
    void (*expand)(struct expansion *e);
};

/* A new target at the end of the list; its name is provider:rest. */
struct target *expansion_add(struct expansion *e, enum attach_way way, const char *group, const char *what);
/* Says that an attach point stands for nothing: an error, a warning or no word, as missing_probes has it. */
void missing(struct expansion *e, const char *format, ...) __attribute__((format(printf, 2, 3)));
void missing_hint(struct expansion *e, const char *format, ...) __attribute__((format(printf, 2, 3)));
struct symbols_files *expansion_files(struct expansion *e);        /* NULL: out of memory */
const char *expansion_part(const struct expansion *e, uint32_t i); /* the i-th part behind the provider; "" beyond */
/* '*' stands for any stretch; also ? and [..], as fnmatch(3). */
bool has_wildcard(const char *pattern);
void expand_tracepoint(struct expansion *e);
void expand_rawtracepoint(struct expansion *e);
void expand_function(struct expansion *e);
void expand_timer(struct expansion *e);
void expand_event(struct expansion *e);
void expand_usdt(struct expansion *e);
void expand_iter(struct expansion *e);
void expand_watchpoint(struct expansion *e);
void expand_self(struct expansion *e);
/* The i-th of software's or hardware's events, of iterators; NULL past the last. */
const char *event_name_at(enum provider p, size_t i);
const char *iterator_name_at(size_t i);
const struct value_type *iterator_context(struct types *t, const char *name); /* NULL: this kernel has none */
/* "tracepoint" for "t"; NULL. */
const char *provider_long_name(const char *name);
void expand_uprobe(struct expansion *e);
void expand_special(struct expansion *e);
/* "/sys/kernel/tracing" or where it is mounted; NULL: nowhere. */
const char *tracefs_path(void);
