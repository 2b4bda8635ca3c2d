/* Names of tables, for commands that take one. */
#pragma once
#include "cli/command.h"

/* The i-th table of the registry, NULL past the last. */
const char *table_name_at(const void *unused, size_t i);
/* Says that there is no such table, which one was perhaps meant, and which there are. Returns EXIT_USAGE. */
int table_refuse(const struct command *c, const char *name);
