/* One statement, its rows written in one of the formats as they arrive. */
#pragma once
#include "cli/command.h"

#include <stdbool.h>
#include <stdint.h>

struct select {
    const char *socket, *sql;
    const char *format;  /* table, json, jsonl, csv, parquet */
    uint64_t timeout_ns; /* 0: the agent's */
    bool for_people;     /* a table with times of day, 3.2 ms, 1.4 MiB */
};

/* Asks, shows, and says on stderr what went wrong. The exit code. */
int select_run(const struct command *c, const struct select *s);
