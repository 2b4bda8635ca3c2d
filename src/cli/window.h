/* The time that a view is about: from --since until now, or from now on for as long as the user looks (--for, or until Ctrl-C). */
#pragma once
#include "cli/command.h"

#include <stdbool.h>
#include <stdint.h>

#define OPTION_SINCE                                                                                                                       \
    {                                                                                                                                      \
        "since", CONFIG_DURATION, "", "TIME", "what is stored of the last TIME (10m, 2h), instead of watching from now on", .least = "1ms" \
    }
#define OPTION_FOR                                                                                                                         \
    {                                                                                                                                      \
        "for", CONFIG_DURATION, "", "TIME", "watch for TIME; without it until Ctrl-C", .least = "1ms"                                      \
    }
#define OPTION_WHERE                                                                                                                       \
    {                                                                                                                                      \
        "where", CONFIG_TEXT, "", "EXPR", "only rows for which this SQL expression over the table's columns is true", .letter = 'w'        \
    }

struct window {
    int64_t from_ns, to_ns; /* UTC; rows are stamped with the end of their interval: from < time <= to */
};

enum { WINDOW_LAG_MS = 2200 }; /* until counters of a second have become rows */

/* Watches, or looks back, as the options say; returns false when a second signal ended the wait for the last rows. */
bool window_take(struct window *w, const struct invocation *in);
/* Appends "time > … AND time <= …", and the user's --where. */
struct text;
void window_add_where(struct text *sql, const struct window *w, const struct invocation *in);
/* Windows one after the other, each of length_ns; false when a signal came before its end. */
void window_begin(struct window *w);
bool window_next(struct window *w, int64_t length_ns);
double window_seconds(const struct window *w);
