/* A question in SQL, its answer as JSON in memory. */
#pragma once
#include "cli/client.h"

#include <jansson.h>

/* Asks and returns an array of objects, a row each, to be released by the caller; NULL with words, or when a signal came (*end tells). */
json_t *ask_json(const char *socket, const char *sql, enum client_end *end, struct err *why);
/* A histogram column of a row: its counts, at most `room`; returns how many. */
size_t ask_histogram(const json_t *row, const char *column, uint64_t *counts, size_t room);
