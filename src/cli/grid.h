/* Aligned columns without boxes. Rows are held until the grid settles its widths, then stream. */
#pragma once
#include "base/arena.h"
#include "base/text.h"
#include "cli/output.h"

#include <stdbool.h>
#include <stddef.h>

enum { GRID_MAX_COLUMNS = 256, GRID_HELD_ROWS = 1000 };

struct grid_column {
    const char *name; /* borrowed */
    bool right;       /* numbers */
    size_t least;     /* at least this wide */
    bool whole;       /* not squeezed to make the line fit, as numbers are not */
};

/* The bytes are untrusted: control characters, and what is not UTF-8, are shown escaped. */
struct grid_cell {
    const char *p; /* NULL: no value, shown as - */
    size_t n;
};

struct grid_held_row;

struct grid {
    const struct grid_column *columns;
    size_t n_columns;
    struct terminal terminal;
    size_t widths[GRID_MAX_COLUMNS];
    bool settled;
    bool adapts;        /* after settling, a column grows with its widest value so far (live streams) */
    struct arena arena; /* of the rows that are held */
    struct grid_held_row *first, **last;
    size_t n_held;
    struct text scratch;
};

/* Columns are borrowed. More than GRID_MAX_COLUMNS are not shown. */
void grid_begin(struct grid *g, const struct grid_column *columns, size_t n, const struct terminal *terminal);
/* Adds a row of n_columns cells: held, or written to `out`. Settles by itself after GRID_HELD_ROWS. */
void grid_add(struct grid *g, const struct grid_cell *cells, struct text *out);
/* Takes the widths from the rows held so far and writes header and rows. Later calls do nothing. */
void grid_settle(struct grid *g, struct text *out);
void grid_end(struct grid *g); /* frees; does not settle */

struct grid_cell grid_text(const char *s); /* NULL or "": no value */
/* Appends s escaped for people, without its end when it is wider than `most` columns (0: no limit). Returns the width. */
size_t grid_add_display(struct text *t, const char *s, size_t n, size_t most);
