/* What live.c and live_screen.c share; nobody else includes it. */
#pragma once
#include "cli/live.h"
#include "cli/output.h"

struct live_state {
    struct live_view *view;
    struct live_rows rows;
    const char **order; /* rows: pointers to their first cells, as bytes */
    size_t n_order, size_order;
    size_t sort;
    bool reverse, paused, help;
    size_t first; /* row at the top */
    char filter[64];
    bool typing; /* the filter */
};

static inline const struct live_mode *live_mode(const struct live_state *s)
{
    return &s->view->modes[s->view->mode];
}

/* Reads the rows anew and puts them in order. */
int live_fill(struct live_state *s, struct err *why);
bool live_order(struct live_state *s);
void live_choose(struct live_state *s, size_t mode);
/* Header and at most `most` rows from `first` on. */
void live_lay_out(struct live_state *s, const struct terminal *terminal, size_t first, size_t most, struct text *out);
/* Fills the terminal until q or a signal. */
int live_screen(struct live_state *s, struct err *why);
