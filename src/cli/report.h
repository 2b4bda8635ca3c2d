/* What status and probes share: one JSON document of the agent, passed on or shown. */
#pragma once
#include "cli/client.h"
#include "cli/grid.h"

#include <jansson.h>

/* Options of such a command. */
extern const struct config_option report_options[];
extern const size_t n_report_options;

/* Fetches `path` and writes it as it is (-o json) or as `show` makes it. Returns the exit code. */
int report_run(const struct invocation *in, const char *path, void (*show)(struct text *out, const json_t *root, const struct terminal *t));

/* Members of an object; "" and 0 when they are missing or of another type. */
const char *member_text(const json_t *object, const char *name);
uint64_t member_count(const json_t *object, const char *name);
double member_real(const json_t *object, const char *name);

/* Cells of one row, made from figures: each add_ writes one cell, in the order of the columns. */
struct report_row {
    struct text room;
    size_t starts[16], ends[16]; /* in room; starts[i] == ends[i]: no value */
    size_t n;
};
void row_text(struct report_row *r, const char *s);
void row_count(struct report_row *r, uint64_t n);
void row_bytes(struct report_row *r, uint64_t n);
void row_duration(struct report_row *r, uint64_t ns);
void row_real(struct report_row *r, double v, int decimals);
/* Adds the row to the grid and clears it. */
void row_end(struct report_row *r, struct grid *g, struct text *out);

/* "name" in bold on a terminal that has colours. */
void report_heading(struct text *out, const char *name, const struct terminal *t);
