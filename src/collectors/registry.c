#include "collectors/collector.h"

#include <string.h>

extern const struct collector collector_agent;
extern const struct collector collector_process;
extern const struct collector collector_file;
extern const struct collector collector_connections;
extern const struct collector collector_syscalls;
extern const struct collector collector_scheduler;
extern const struct collector collector_failures;
extern const struct collector collector_memory;
extern const struct collector collector_block;
extern const struct collector collector_host;

/* In the order in which rings are drained: process before all that name processes. One line each. */
/* clang-format off */
const struct collector *const collectors[] = {
    &collector_agent,
    &collector_process,
    &collector_file,
    &collector_connections,
    &collector_syscalls,
    &collector_scheduler,
    &collector_failures,
    &collector_memory,
    &collector_block,
    &collector_host,
};
/* clang-format on */
const size_t n_collectors = sizeof collectors / sizeof collectors[0];

const struct collector *collector_find(const char *name)
{
    for (size_t i = 0; i < n_collectors; i++)
        if (!strcmp(collectors[i]->name, name))
            return collectors[i];
    return NULL;
}

const struct table *collector_table(const char *name)
{
    for (size_t i = 0; i < n_collectors; i++)
        for (size_t j = 0; j < collectors[i]->n_tables; j++)
            if (!strcmp(collectors[i]->tables[j]->name, name))
                return collectors[i]->tables[j];
    return NULL;
}

void collector_each_table(void (*fn)(const struct table *t, const struct collector *owner, void *arg), void *arg)
{
    for (size_t i = 0; i < n_collectors; i++)
        for (size_t j = 0; j < collectors[i]->n_tables; j++)
            fn(collectors[i]->tables[j], collectors[i], arg);
}
