/* A table that is made anew again and again: on a terminal it fills the screen, is refreshed, sorted and filtered by key press;
 * piped, it is printed once. */
#pragma once
#include "base/err.h"
#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LIVE_MAX_COLUMNS = 24 };

struct live_column {
    const char *name;
    bool right;   /* numbers: sorted from the largest */
    size_t least; /* at least this wide */
};

/* Cells in the order of columns, row after row. A number is kept beside its words, to be sorted by. */
struct live_cell {
    size_t start, length; /* in room */
    double number;
};
struct live_rows {
    struct text room;
    struct live_cell *cells;
    size_t n, size;
    struct text heading; /* lines above the table */
};

void live_text(struct live_rows *r, const char *s); /* "" or NULL: no value */
void live_words(struct live_rows *r, const char *words, double number);
void live_count(struct live_rows *r, uint64_t n);
void live_real(struct live_rows *r, double v, int decimals);
void live_bytes(struct live_rows *r, double bytes);
void live_duration(struct live_rows *r, uint64_t ns);

struct live_mode {
    int key; /* chooses it */
    const char *name;
    size_t sort; /* the column it is sorted by at first */
    const struct live_column *columns;
    size_t n_columns;
};

struct live_view {
    const char *title;
    const struct live_mode *modes;
    size_t n_modes, mode; /* the one at hand */
    int interval_ms;
    size_t most_rows; /* when printed once; 0: all */
    /* Fills empty rows for the mode at hand; called each interval. -errno with words ends the view. */
    int (*refresh)(void *arg, size_t mode, struct live_rows *rows, struct err *why);
    void *arg;
};

/* Runs until q or Ctrl-C on a terminal; else prints one table of the second refresh (rates need two). 0 or -errno with words. */
int live_run(struct live_view *view, bool once, struct err *why);
