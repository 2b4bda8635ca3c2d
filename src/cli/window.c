#include "cli/window.h"

#include "base/clock.h"
#include "base/text.h"
#include "cli/interrupt.h"

#include <poll.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

static int64_t utc_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return t.tv_sec * (int64_t)NS_PER_S + t.tv_nsec;
}

/* True when a signal came before the time was over. */
static bool wait_ns(int64_t ns)
{
    for (int64_t until = clock_mono_ns() + ns, left; (left = until - clock_mono_ns()) > 0;) {
        struct pollfd p = {.fd = interrupt_fd(), .events = POLLIN};
        int ms = left / NS_PER_MS < 3600000 ? (int)(left / NS_PER_MS) + 1 : 3600000;
        poll(&p, 1, ms);
        if (interrupt_count())
            return true;
    }
    return false;
}

bool window_take(struct window *w, const struct invocation *in)
{
    int64_t now = utc_now();
    if (config_is_set(in->options, "since")) {
        *w = (struct window){now - (int64_t)config_number(in->options, "since"), now};
        return true;
    }
    bool bounded = config_is_set(in->options, "for");
    if (isatty(STDERR_FILENO))
        fprintf(stderr, bounded ? "watching …\n" : "watching; Ctrl-C ends it and shows what was seen\n");
    w->from_ns = now;
    wait_ns(bounded ? (int64_t)config_number(in->options, "for") : INT64_MAX / 2);
    w->to_ns = utc_now();
    interrupt_forget(); /* it ended the watching; the next one ends us */
    bool cut = wait_ns(WINDOW_LAG_MS * (int64_t)NS_PER_MS);
    w->to_ns += (int64_t)NS_PER_S; /* the interval that the end lies in */
    return !cut;
}

void window_begin(struct window *w)
{
    int64_t now = utc_now();
    *w = (struct window){now, now};
}

bool window_next(struct window *w, int64_t length_ns)
{
    *w = (struct window){w->to_ns, w->to_ns + length_ns};
    int64_t until = w->to_ns + WINDOW_LAG_MS * (int64_t)NS_PER_MS, now = utc_now();
    return !wait_ns(until > now ? until - now : 0);
}

void window_add_where(struct text *sql, const struct window *w, const struct invocation *in)
{
    const char *where = config_text(in->options, "where");
    text_addf(sql, "time > make_timestamp_ns(%lld) AND time <= make_timestamp_ns(%lld)", (long long)w->from_ns, (long long)w->to_ns);
    if (*where)
        text_addf(sql, " AND (\n%s\n)", where);
}

double window_seconds(const struct window *w)
{
    return (double)(w->to_ns - w->from_ns) / NS_PER_S;
}
