/* Tables that the running agent has beside those of this program: they were declared while it ran. */
#pragma once
#include "table/schema.h"

#include <stdbool.h>

/* The table of that name. NULL: the agent has none, or does not answer. The caller frees it (table_undeclare). */
struct table *declared_table(const char *socket, const char *name);
/* Calls fn for each; does nothing when no agent answers. */
void declared_each(const char *socket, void (*fn)(void *arg, const struct table *t), void *arg);
