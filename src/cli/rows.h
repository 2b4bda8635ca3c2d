/* The agent's format `rows` to a table for people. */
#pragma once
#include "cli/grid.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rows_view;

/* live: print each row when it arrives, with widths from the columns' types; else take the widths from the first screenful
 * (GRID_HELD_ROWS rows or 200 ms). NULL when out of memory. */
struct rows_view *rows_open(const struct terminal *terminal, bool live);
/* Shows the last column only, without heading, its lines as lines: what EXPLAIN answers. */
void rows_as_text(struct rows_view *v);
/* Times of day, durations and sizes with units, instead of plain numbers. */
void rows_for_people(struct rows_view *v);
/* The callbacks of a client_request; arg is the view. */
bool rows_data(void *view, const char *bytes, size_t n);
int rows_wait_ms(void *view);
bool rows_idle(void *view);
/* Shows what is still held. whole: the answer has ended, so that half a row is a problem. */
bool rows_end(struct rows_view *v, bool whole);
uint64_t rows_count(const struct rows_view *v);
/* NULL, or why the answer could not be read. */
const char *rows_problem(const struct rows_view *v);
void rows_close(struct rows_view *v); /* NULL is fine */
