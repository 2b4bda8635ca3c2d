/* The contract of an exporter: one format or backend, one file, one line in registry.c. */
#pragma once
#include "base/text.h"
#include "table/batch.h"

/* What an exporter may ask the agent. */
struct exporter_source {
    /* Calls fn for each figure of the agent: name without prefix ("rows_total"), kind, help, labels ("table=\"execs\"") or "", value. */
    void (*figures)(void *arg,
                    void (*fn)(void *fn_arg, const char *name, const char *kind, const char *help, const char *labels, double value),
                    void *fn_arg);
    void *arg;
};

struct exporter {
    const char *name;
    const char *summary;
    int (*open)(const struct exporter_source *source); /* may be NULL; 0 or -errno */
    /* Pipeline thread: sees every batch; must not block. May be NULL. */
    void (*consume)(struct batch *b);
    /* Any thread: answers a scrape. May be NULL. */
    void (*render)(struct text *out);
    void (*close)(void); /* may be NULL */
};

extern const struct exporter *const exporters[];
extern const size_t n_exporters;

void exporters_open(const struct exporter_source *source); /* the source must stay valid until exporters_close */
void exporters_consume(void *unused, struct batch *b);
bool exporters_render(const char *name, struct text *out); /* false: no such exporter */
void exporters_close(void);
