#include "cli/grid.h"

#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <wchar.h>

enum {
    GAP = 2,            /* blanks between columns */
    NARROWEST = 12,     /* text columns are not squeezed below this to fit a terminal */
    WIDEST_GROWTH = 32, /* of a column that adapts */
    WIDEST_PAD = 60,    /* without a terminal to cut for, longer values stick out */
};

struct grid_held_row {
    struct grid_held_row *next;
    struct grid_cell cells[];
};

static wchar_t code_point(const char *s, size_t k)
{
    static const unsigned char lead[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    wchar_t c = (unsigned char)s[0] & lead[k];
    for (size_t i = 1; i < k; i++)
        c = c << 6 | ((unsigned char)s[i] & 0x3f);
    return c;
}

/* Marks that change the direction of what follows, or have no width: they could hide what a value says. */
static bool is_deceptive(wchar_t c)
{
    return (c >= 0x80 && c < 0xa0) || (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) ||
           c == 0xfeff;
}

/* One character as it is shown; returns its width and sets *used to its bytes. */
static size_t show(const char *s, size_t n, char *shown, size_t size, size_t *used)
{
    size_t k = text_utf8_length(s, n);
    wchar_t c = k ? code_point(s, k) : 0;
    *used = k ? k : 1;
    const char *escape = c == '\n' ? "\\n" : c == '\t' ? "\\t" : c == '\r' ? "\\r" : NULL;
    if (escape)
        return (size_t)snprintf(shown, size, "%s", escape);
    if (!k || c < 0x20 || c == 0x7f)
        return (size_t)snprintf(shown, size, "\\x%02x", (unsigned char)*s);
    if (is_deceptive(c))
        return (size_t)snprintf(shown, size, "\\u%04x", (unsigned)c);
    memcpy(shown, s, k);
    shown[k] = '\0';
    int width = k == 1 ? 1 : wcwidth(c);
    return width < 0 ? 1 : (size_t)width;
}

/* Bytes at s that are shown as they are, one column each. */
static size_t plain_run(const char *s, size_t n)
{
    size_t k = 0;
    while (k < n && s[k] >= 0x20 && s[k] < 0x7f)
        k++;
    return k;
}

static size_t display_width(const char *s, size_t n)
{
    char shown[16];
    size_t width = 0;
    for (size_t used; n; s += used, n -= used)
        width += (used = plain_run(s, n)) ? used : show(s, n, shown, sizeof shown, &used);
    return width;
}

/* Characters one by one, up to `most` columns, then … */
static size_t add_cut(struct text *t, const char *s, size_t n, size_t most)
{
    char shown[16];
    size_t width = 0;
    for (size_t used; n; s += used, n -= used) {
        size_t w = show(s, n, shown, sizeof shown, &used);
        if (width + w > most - 1)
            break;
        text_adds(t, shown);
        width += w;
    }
    text_adds(t, "…");
    return width + 1;
}

size_t grid_add_display(struct text *t, const char *s, size_t n, size_t most)
{
    char shown[16];
    size_t width = 0;
    if (most && display_width(s, n) > most)
        return add_cut(t, s, n, most);
    for (size_t used, run; n; s += used, n -= used) {
        used = run = plain_run(s, n);
        width += run ? run : show(s, n, shown, sizeof shown, &used);
        text_add(t, run ? s : shown, run ? run : strlen(shown));
    }
    return width;
}

struct grid_cell grid_text(const char *s)
{
    return (struct grid_cell){s && *s ? s : NULL, s ? strlen(s) : 0};
}

void grid_begin(struct grid *g, const struct grid_column *columns, size_t n, const struct terminal *terminal)
{
    setlocale(LC_CTYPE, "C.UTF-8"); /* for wcwidth; without it every character counts as one */
    *g = (struct grid){.columns = columns, .n_columns = n < GRID_MAX_COLUMNS ? n : GRID_MAX_COLUMNS, .terminal = *terminal};
    g->last = &g->first;
    for (size_t i = 0; i < g->n_columns; i++) {
        size_t width = display_width(columns[i].name, strlen(columns[i].name));
        g->widths[i] = width > columns[i].least ? width : columns[i].least;
    }
}

void grid_end(struct grid *g)
{
    arena_free(&g->arena);
    text_free(&g->scratch);
    g->first = NULL;
    g->last = &g->first;
}

static void add_blanks(struct text *out, size_t n)
{
    static const char blanks[] = "                                                                ";
    for (size_t k; n; n -= k) {
        k = n < sizeof blanks - 1 ? n : sizeof blanks - 1;
        text_add(out, blanks, k);
    }
}

/* One cell from column `at` of the line on; returns the column after it. Cut at the terminal's edge. */
static size_t write_cell(struct grid *g, size_t i, const struct grid_cell *cell, size_t at, struct text *out)
{
    size_t edge = g->terminal.width, most = 0;
    if (edge) {
        bool last = i + 1 == g->n_columns; /* may take what is left */
        most = g->widths[i] < edge - at && !last ? g->widths[i] : edge - at;
        if (!most)
            return at;
    }
    const char *p = cell->p ? cell->p : "-";
    text_clear(&g->scratch);
    size_t width = grid_add_display(&g->scratch, p, cell->p ? cell->n : 1, most);
    size_t pad = width < g->widths[i] ? g->widths[i] - width : 0;
    if (edge && pad > edge - at - width)
        pad = edge - at - width;
    if (g->columns[i].right)
        add_blanks(out, pad);
    bool dim = g->terminal.colour && !cell->p;
    text_adds(out, dim ? "\033[2m" : "");
    text_add(out, g->scratch.bytes ? g->scratch.bytes : "", g->scratch.length);
    text_adds(out, dim ? "\033[0m" : "");
    if (!g->columns[i].right && i + 1 < g->n_columns)
        add_blanks(out, pad);
    return at + width + pad;
}

static void write_row(struct grid *g, const struct grid_cell *cells, struct text *out)
{
    size_t at = 0, edge = g->terminal.width;
    for (size_t i = 0; i < g->n_columns && (!edge || at < edge); i++) {
        size_t gap = !i ? 0 : edge && GAP > edge - at ? edge - at : GAP;
        add_blanks(out, gap);
        at = write_cell(g, i, &cells[i], at + gap, out);
    }
    while (out->length && out->bytes[out->length - 1] == ' ')
        out->bytes[--out->length] = '\0';
    text_addc(out, '\n');
}

static void write_header(struct grid *g, struct text *out)
{
    struct grid_cell names[GRID_MAX_COLUMNS];
    for (size_t i = 0; i < g->n_columns; i++)
        names[i] = grid_text(g->columns[i].name);
    text_adds(out, g->terminal.colour ? "\033[1m" : "");
    write_row(g, names, out);
    if (g->terminal.colour) {
        out->length -= out->length && !out->full; /* the reset goes before the line's end */
        text_adds(out, "\033[0m\n");
    }
}

/* Takes from the widest text columns until the line fits the terminal. */
static void squeeze(struct grid *g)
{
    for (;;) {
        size_t total = GAP * (g->n_columns - 1), widest = g->n_columns;
        for (size_t i = 0; i < g->n_columns; i++) {
            total += g->widths[i];
            const struct grid_column *c = &g->columns[i];
            if (!c->right && !c->whole && g->widths[i] > NARROWEST && (widest == g->n_columns || g->widths[i] > g->widths[widest]))
                widest = i;
        }
        if (total <= g->terminal.width || widest == g->n_columns)
            return;
        size_t excess = total - g->terminal.width, room = g->widths[widest] - NARROWEST;
        size_t step = excess < room ? excess : room;
        g->widths[widest] -= step > 8 ? (step + 1) / 2 : step; /* in steps: columns of one width shrink alike */
    }
}

void grid_settle(struct grid *g, struct text *out)
{
    if (g->settled)
        return;
    g->settled = true;
    for (size_t i = 0; i < g->n_columns; i++)
        if (!g->terminal.width && g->widths[i] > WIDEST_PAD)
            g->widths[i] = WIDEST_PAD;
    if (g->terminal.width && g->n_columns)
        squeeze(g);
    write_header(g, out);
    for (const struct grid_held_row *row = g->first; row; row = row->next)
        write_row(g, row->cells, out);
    grid_end(g);
}

/* False when memory ran out. */
static bool hold(struct grid *g, const struct grid_cell *cells)
{
    struct grid_held_row *row = arena_alloc(&g->arena, sizeof *row + g->n_columns * sizeof row->cells[0]);
    if (!row)
        return false;
    row->next = NULL;
    for (size_t i = 0; i < g->n_columns; i++) {
        row->cells[i] = (struct grid_cell){cells[i].p ? arena_copy(&g->arena, cells[i].p, cells[i].n) : NULL, cells[i].n};
        size_t width = cells[i].p ? display_width(cells[i].p, cells[i].n) : 1;
        g->widths[i] = width > g->widths[i] ? width : g->widths[i];
    }
    *g->last = row;
    g->last = &row->next;
    g->n_held++;
    return true;
}

static void grow(struct grid *g, const struct grid_cell *cells)
{
    for (size_t i = 0; i < g->n_columns; i++) {
        size_t width = cells[i].p ? display_width(cells[i].p, cells[i].n) : 1;
        size_t most = g->widths[i] > WIDEST_GROWTH ? g->widths[i] : WIDEST_GROWTH;
        if (width > g->widths[i])
            g->widths[i] = width < most ? width : most;
    }
}

void grid_add(struct grid *g, const struct grid_cell *cells, struct text *out)
{
    if (!g->settled && hold(g, cells)) {
        if (g->n_held == GRID_HELD_ROWS)
            grid_settle(g, out);
        return;
    }
    grid_settle(g, out);
    if (g->adapts)
        grow(g, cells);
    write_row(g, cells, out);
}
