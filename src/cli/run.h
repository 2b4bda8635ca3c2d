/* Shared by run*.c only: one run of `sonde run`. */
#pragma once
#include "cli/command.h"
#include "objects/printk.h"
#include "objects/programs.h"
#include "objects/show.h"
#include "objects/stream.h"
#include "symbols/kernel.h"
#include "symbols/process.h"

enum { RUN_MAX_REFUSED = 64, RUN_AGAIN = -1 };

enum run_format { RUN_TEXT, RUN_JSON, RUN_JSONL, RUN_PROMETHEUS };

struct run {
    const struct invocation *in;
    enum run_format format;
    struct object object;
    struct attach_options attach;
    struct programs programs;
    struct stream *stream;
    struct printk *printk;       /* NULL: the programs print nothing */
    struct run_symbols *symbols; /* NULL: addresses stay numbers */
    struct run_metrics *metrics; /* NULL: not served */
    struct run_table *table;     /* NULL: events are no rows */
    bool quiet;                  /* nothing is printed, rows are made */
    struct show show;
    struct text out; /* what is to be written next */
    bool begun;      /* JSON: the array has an item */
    bool ended;      /* nothing more is wanted */
    uint64_t events;
    size_t left_out;                   /* programs that are not attached */
    char refused[RUN_MAX_REFUSED][64]; /* programs that the kernel refused, with --partial */
    size_t n_refused;
};

/* Opens, sets up, loads, attaches. Returns EXIT_OK, or the exit code after words on stderr. */
int run_set_up(struct run *r);
void run_tear_down(struct run *r);
/* Takes --set, --max-entries, --attach and the options about targets. 0 or -errno with words. */
int run_choose_targets(struct run *r, struct err *why);
/* sonde run --check: loads each object, attaches it, takes it away again and says what became of it. Returns the exit code. */
int run_check(struct run *r);
/* sonde run --explain: what a saved log means. Returns the exit code. */
int run_explain(const struct run *r);
/* Prints until it is to end. Returns the exit code. */
int run_loop(struct run *r);

/* A record: what is shown goes to r->out in between, and out when run_flush is called. */
void run_begin_record(struct run *r);
void run_end_record(struct run *r);
void run_flush(struct run *r);

/* Whether --map, if given, names it. */
bool run_wants_map(const struct run *r, const char *name);
/* -ENOENT with words when --map names a map that the object does not have. */
int run_check_maps(const struct run *r, struct err *why);
/* Takes --show: how fields are shown. -EINVAL with words. */
int run_choose_forms(struct run *r, struct err *why);
/* Has addresses named from now on, and stacks shown where fields have their numbers. */
void run_name_addresses(struct run *r);
void run_forget_names(struct run *r);
/* Looks whose stacks there are, so that a process that ends later can still be named: now, or if that was not done for a second. */
void run_learn_stacks(struct run *r, bool now);
/* Shows the maps that are wanted. last: nothing comes after. */
void run_show_maps(struct run *r, bool last);
/* Adds the maps as Prometheus text. */
void run_add_metrics(struct run *r, struct text *out);
/* Reads each attached iterator to its end and shows what it wrote. */
void run_show_iterators(struct run *r);
bool run_has_iterators(const struct run *r);

/* Serves the maps to Prometheus at ADDRESS:PORT. 0 or -errno with words. */
int run_metrics_open(struct run *r, const char *listen, struct err *why);
int run_metrics_fd(const struct run_metrics *m); /* readable when run_metrics_turn has something to do; -1 for NULL */
void run_metrics_turn(struct run_metrics *m);
void run_metrics_close(struct run_metrics *m); /* NULL is fine */

/* --as-table: declares the tables of the open stream's events. EXIT_OK, or the exit code after words. */
int run_table_open(struct run *r);
void run_table_add(struct run_table *t, const struct stream_event *e, int64_t utc_ns);
void run_table_lost(struct run_table *t, const struct stream_buffer *b, uint64_t count);
void run_table_turn(struct run_table *t);  /* NULL is fine; sends what has waited long enough */
bool run_table_close(struct run_table *t); /* NULL is fine; sends the rest and says what became of the rows. False: some are missing */

/* An option's text; NULL when it is not given. */
const char *run_option(const struct run *r, const char *name);
/* "sonde run: …" on stderr. */
void run_say(const struct run *r, const char *sentence);
