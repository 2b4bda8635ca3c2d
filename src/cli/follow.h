/* Live rows of a table, written in one of the formats as they arrive. */
#pragma once
#include "cli/command.h"

#include <stdbool.h>
#include <stdint.h>

struct follow {
    const char *socket, *table;
    const char *where, *columns; /* "" or NULL: all */
    uint64_t count;              /* end after so many rows; 0: never */
    const char *format;          /* table, json, jsonl, csv */
    bool for_people;             /* a table with times of day, 3.2 ms, 1.4 MiB */
};

const char *follow_format(size_t i); /* for an option's choice */
/* Follows until the end, Ctrl-C or a reader that is gone; says on stderr what went wrong. The exit code. */
int follow_run(const struct command *c, const struct follow *f);
