/* The contract of a collector: one signal, one folder, one line in registry.c.
 *
 * A collector is declared once and used in both halves of the agent:
 *   - the broker (privileged) loads and attaches what `kernel` declares, and hands the descriptors over;
 *   - the worker (no privilege) calls the functions below, all from one thread, the pipeline's.
 *
 * Order of calls in the worker: open, then record/tick in any order, then close. `open` may be told that the kernel
 * part is unavailable (ctx->unit == NULL or a hook without a way): it runs with what there is. */
#pragma once
#include "base/config.h"
#include "base/err.h"
#include "table/batch.h"
#include "table/schema.h"

#include <stddef.h>
#include <stdint.h>

struct kernel_plan; /* kernel/plan.h: the BPF object, its hooks and their alternatives */
struct kernel_unit; /* kernel/unit.h: what the broker handed over: maps, programs, hook states */
struct identity;    /* identity/identity.h: who was it */
struct broker;      /* kernel/broker.h: requests to the privileged half */
struct sink;        /* collectors/sink.h: where rows go */

struct collector_ctx {
    const struct collector *collector;
    uint32_t index;                 /* in the registry: how the broker knows it */
    const struct kernel_unit *unit; /* NULL: no kernel part, or it could not be loaded at all */
    struct identity *identity;
    struct broker *broker;
    struct sink *sink;
    const struct config_section *config;
    void *state; /* the collector's own; set in open, freed in close */
};

struct collector {
    const char *name;    /* as in --collectors */
    const char *summary; /* one line */
    const struct table *const *tables;
    size_t n_tables;
    const struct kernel_plan *kernel;    /* NULL: reads /proc and /sys only */
    const struct config_option *options; /* keys under NAME: in the configuration file */
    size_t n_options;
    /* What a single value's type cannot say about the options: called before anything starts. May be NULL. 0 or -errno with words. */
    int (*check)(const struct config_section *config, struct err *why);

    /* Allocates state, reads what is there already. 0, or -errno with words: the collector is then shown as failed. */
    int (*open)(struct collector_ctx *ctx, struct err *why);
    /* One record of the collector's ring buffer. The bytes come from the kernel's ring and are valid during the call.
     * Returns false for a record it cannot read (it is counted as lost). */
    bool (*record)(struct collector_ctx *ctx, const void *bytes, size_t size);
    /* Once a second, now_boot_ns on the boot clock. */
    void (*tick)(struct collector_ctx *ctx, int64_t now_boot_ns);
    void (*close)(struct collector_ctx *ctx);
};

/* The registry, in the order in which rings are drained: process first, so that identity is known before use. */
extern const struct collector *const collectors[];
extern const size_t n_collectors;
const struct collector *collector_find(const char *name); /* NULL when unknown */
/* A table by name among all collectors and the agent's own; NULL when unknown. */
const struct table *collector_table(const char *name);
/* Calls fn for each table, in registry order. */
void collector_each_table(void (*fn)(const struct table *t, const struct collector *owner, void *arg), void *arg);
