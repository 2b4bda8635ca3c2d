#include "cli/grid.h"
#include "cli/interrupt.h"
#include "cli/live_inside.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- order ---- */

struct order_by {
    const struct live_rows *rows;
    size_t column;
    bool number, reverse;
};

static int compare_cells(const struct order_by *by, const struct live_cell *a, const struct live_cell *b)
{
    if (by->number)
        return a->number < b->number ? 1 : a->number > b->number ? -1 : 0;
    size_t n = a->length < b->length ? a->length : b->length;
    int rc = n ? memcmp(by->rows->room.bytes + a->start, by->rows->room.bytes + b->start, n) : 0;
    return rc ? rc : (a->length > b->length) - (a->length < b->length);
}

static int compare_rows(const void *a, const void *b, void *arg)
{
    const struct order_by *by = arg;
    const struct live_cell *x = *(const struct live_cell *const *)a + by->column, *y = *(const struct live_cell *const *)b + by->column;
    int rc = compare_cells(by, x, y);
    if (by->reverse)
        rc = -rc;
    return rc ? rc : (*(const struct live_cell *const *)a > *(const struct live_cell *const *)b) * 2 - 1;
}

static bool row_matches(const struct live_state *s, const struct live_cell *row)
{
    for (size_t i = 0; i < live_mode(s)->n_columns; i++)
        if (memmem(s->rows.room.bytes + row[i].start, row[i].length, s->filter, strlen(s->filter)))
            return true;
    return !*s->filter;
}

bool live_order(struct live_state *s)
{
    size_t n_columns = live_mode(s)->n_columns, n = s->rows.n / n_columns;
    if (n > s->size_order) {
        const char **more = realloc(s->order, n * sizeof *more);
        if (!more)
            return false;
        s->order = more;
        s->size_order = n;
    }
    s->n_order = 0;
    for (size_t i = 0; i < n; i++)
        if (row_matches(s, &s->rows.cells[i * n_columns]))
            s->order[s->n_order++] = (const char *)&s->rows.cells[i * n_columns];
    struct order_by by = {&s->rows, s->sort, live_mode(s)->columns[s->sort].right, s->reverse};
    if (s->n_order)
        qsort_r(s->order, s->n_order, sizeof *s->order, compare_rows, &by);
    return true;
}

/* ---- the table as lines ---- */

static void add_rows(struct live_state *s, struct grid *g, size_t first, size_t most, struct text *out)
{
    struct grid_cell cells[LIVE_MAX_COLUMNS];
    for (size_t i = first; i < s->n_order && i < first + most; i++) {
        const struct live_cell *row = (const struct live_cell *)(const void *)s->order[i];
        for (size_t k = 0; k < g->n_columns; k++)
            cells[k] = (struct grid_cell){row[k].length ? s->rows.room.bytes + row[k].start : NULL, row[k].length};
        grid_add(g, cells, out);
    }
    grid_settle(g, out);
}

void live_lay_out(struct live_state *s, const struct terminal *terminal, size_t first, size_t most, struct text *out)
{
    struct grid_column columns[LIVE_MAX_COLUMNS];
    char names[LIVE_MAX_COLUMNS][40];
    const struct live_mode *m = live_mode(s);
    struct grid g;
    for (size_t i = 0; i < m->n_columns; i++) {
        bool marked = terminal->is_terminal && i == s->sort;
        snprintf(names[i], sizeof names[i], "%s%s", m->columns[i].name, marked ? (s->reverse ? "^" : "v") : "");
        columns[i] = (struct grid_column){.name = names[i], .right = m->columns[i].right, .least = m->columns[i].least};
    }
    grid_begin(&g, columns, m->n_columns, terminal);
    add_rows(s, &g, first, most, out);
    grid_end(&g);
}

int live_fill(struct live_state *s, struct err *why)
{
    text_clear(&s->rows.room);
    text_clear(&s->rows.heading);
    s->rows.n = 0;
    int rc = s->view->refresh(s->view->arg, s->view->mode, &s->rows, why);
    if (!rc && (s->rows.room.full || !live_order(s)))
        rc = err_set(why, ENOMEM, "out of memory");
    return rc;
}

/* ---- once ---- */

/* False when a signal came. */
static bool wait_ms(int ms)
{
    struct pollfd p = {.fd = interrupt_fd(), .events = POLLIN};
    return poll(&p, 1, ms) == 0;
}

static int print_once(struct live_state *s, struct err *why)
{
    struct terminal terminal;
    struct text out = {0};
    int rc = live_fill(s, why);
    if (!rc && !wait_ms(s->view->interval_ms))
        return -EINTR;
    if (!rc)
        rc = live_fill(s, why);
    if (rc)
        return rc;
    terminal_probe(&terminal);
    terminal.is_terminal = false;
    text_add(&out, s->rows.heading.bytes ? s->rows.heading.bytes : "", s->rows.heading.length);
    live_lay_out(s, &terminal, 0, s->view->most_rows ? s->view->most_rows : SIZE_MAX, &out);
    return output_text(&out) ? -EIO : 0;
}

void live_choose(struct live_state *s, size_t mode)
{
    s->view->mode = mode;
    s->sort = live_mode(s)->sort;
    s->reverse = false;
    s->first = 0;
}

int live_run(struct live_view *view, bool once, struct err *why)
{
    struct live_state s = {.view = view};
    interrupt_catch();
    live_choose(&s, view->mode);
    bool screen = !once && isatty(STDOUT_FILENO) && isatty(STDIN_FILENO);
    int rc = screen ? live_screen(&s, why) : print_once(&s, why);
    text_free(&s.rows.room);
    text_free(&s.rows.heading);
    free(s.rows.cells);
    free(s.order);
    return rc;
}
