/* Waiting for what the programs send. */
#include "base/clock.h"
#include "cli/interrupt.h"
#include "cli/output.h"
#include "cli/run.h"

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

enum { CONSUME_MS = 100 /* programs may send without waking anybody */ };

struct loop {
    struct run *run;
    int64_t end_ns, show_ns; /* monotonic; 0: never */
    int64_t interval_ns;
};

void run_begin_record(struct run *r)
{
    if (r->format == RUN_JSON)
        text_adds(&r->out, r->begun ? ",\n" : "[\n");
    r->begun = true;
}

void run_end_record(struct run *r)
{
    if (r->format == RUN_JSONL)
        text_addc(&r->out, '\n');
}

void run_flush(struct run *r)
{
    if (r->out.full)
        fputs("sonde run: a record is too large to be shown\n", stderr);
    if (r->out.length && !output_write(r->out.bytes, r->out.length))
        r->ended = true;
    text_clear(&r->out);
    r->out.full = false;
}

static void end_output(struct run *r)
{
    if (r->format == RUN_JSON)
        text_adds(&r->out, r->begun ? "\n]\n" : "[]\n");
    run_flush(r);
}

static void on_line(void *arg, const char *line, size_t n)
{
    struct run *r = arg;
    if (r->format == RUN_PROMETHEUS)
        return;
    struct text shown = {0};
    if (show_print(&shown, &r->show, line, n, clock_utc_ns())) {
        run_begin_record(r);
        text_add(&r->out, shown.bytes, shown.length);
        run_end_record(r);
    }
    text_free(&shown);
}

static int milliseconds_until(int64_t ns, int most)
{
    int64_t left = ns ? ns - clock_mono_ns() : INT64_MAX;
    return left <= 0 ? 0 : left > most * (int64_t)NS_PER_MS ? most : (int)(left / NS_PER_MS + 1);
}

static void wait_for_more(struct loop *l)
{
    struct run *r = l->run;
    struct pollfd fds[] = {
        {.fd = interrupt_fd(), .events = POLLIN},
        {.fd = stream_fd(r->stream), .events = POLLIN},
        {.fd = r->printk ? printk_fd(r->printk) : -1, .events = POLLIN},
        {.fd = run_metrics_fd(r->metrics), .events = POLLIN},
    };
    int most = stream_buffers(r->stream) ? CONSUME_MS : 1000;
    poll(fds, sizeof fds / sizeof fds[0], milliseconds_until(l->end_ns, milliseconds_until(l->show_ns, most)));
    r->ended |= interrupt_count() > 0 || output_closed();
}

/* Maps and iterators at each interval. */
static void show_in_between(struct loop *l)
{
    if (!l->show_ns || clock_mono_ns() < l->show_ns)
        return;
    l->show_ns += l->interval_ns;
    if (l->show_ns < clock_mono_ns())
        l->show_ns = clock_mono_ns() + l->interval_ns;
    if (l->run->format == RUN_TEXT) {
        text_adds(&l->run->out, "-- ");
        show_time_of_day(&l->run->out, clock_utc_ns());
        text_adds(&l->run->out, "\n");
    }
    run_show_iterators(l->run);
    run_show_maps(l->run, false);
}

/* One look at everything; whether there may be more at once. */
static bool turn(struct loop *l)
{
    struct run *r = l->run;
    bool more = stream_read(r->stream);
    if (r->printk)
        printk_read(r->printk, on_line, r);
    if (r->metrics)
        run_metrics_turn(r->metrics);
    run_flush(r);
    run_table_turn(r->table);
    run_learn_stacks(r, false);
    show_in_between(l);
    if (l->end_ns && clock_mono_ns() >= l->end_ns)
        r->ended = true;
    return more;
}

/* Iterators alone are read once and that is all. */
static bool only_iterators(const struct run *r)
{
    return run_has_iterators(r) && !stream_buffers(r->stream) && !r->printk && !r->metrics && !config_number(r->in->options, "interval") &&
           !config_number(r->in->options, "duration");
}

static void say_losses(struct run *r)
{
    for (size_t i = 0; i < stream_buffers(r->stream); i++) {
        const struct stream_buffer *b = stream_buffer_at(r->stream, i);
        if (b->lost)
            fprintf(stderr, "%s: %" PRIu64 " events were lost: they came faster than they could be read\n", b->map->name, b->lost);
        if (b->full)
            fprintf(stderr,
                    "%s: the ring buffer was full %" PRIu64 " times when it was read, so events are probably missing (the kernel does "
                    "not count them)\n",
                    b->map->name, b->full);
        if (b->confused)
            fprintf(stderr, "%s: %" PRIu64 " events may be of another type: several types have their size; --type %s=STRUCT says which\n",
                    b->map->name, b->confused, b->map->name);
    }
}

int run_loop(struct run *r)
{
    struct loop l = {.run = r, .interval_ns = (int64_t)config_number(r->in->options, "interval")};
    int64_t duration = (int64_t)config_number(r->in->options, "duration"), now = clock_mono_ns();
    l.end_ns = duration ? now + duration : 0;
    l.show_ns = l.interval_ns ? now + l.interval_ns : 0;
    if (!r->quiet)
        run_show_iterators(r);
    r->ended |= only_iterators(r);
    while (!r->ended)
        if (!turn(&l) && !r->ended)
            wait_for_more(&l);
    if (!output_closed() && !r->quiet)
        run_show_maps(r, true);
    end_output(r);
    say_losses(r);
    bool whole = run_table_close(r->table);
    r->table = NULL;
    return output_failed() || !whole ? EXIT_FAILED : EXIT_OK;
}
