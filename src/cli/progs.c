/* sonde progs: every BPF program of the system, with what it costs. Asks the kernel, not the agent. */
#include "kernel/progs.h"
#include "base/clock.h"
#include "cli/command.h"
#include "cli/commands.h"
#include "cli/interrupt.h"
#include "cli/live.h"
#include "cli/output.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *format_choice(size_t i)
{
    static const char *const names[] = {"table", "json"};
    return i < sizeof names / sizeof names[0] ? names[i] : NULL;
}

static const struct config_option options[] = {
    {"output", CONFIG_TEXT, "table", "FORMAT", "how to write it", .choice = format_choice, .letter = 'o'},
    {"interval", CONFIG_DURATION, "1s", "TIME", "the time that rates are taken over", .least = "10ms", .letter = 'i'},
    {"once", CONFIG_BOOL, "false", NULL, "print one table, also on a terminal"},
};

struct progs {
    struct prog_info *now, *before;
    size_t n_now, n_before;
    int64_t now_ns, before_ns;
};

static void read_anew(struct progs *p, struct prog_info *now, size_t n)
{
    free(p->before);
    p->before = p->now;
    p->n_before = p->n_now;
    p->before_ns = p->now_ns;
    p->now = now;
    p->n_now = n;
    p->now_ns = clock_mono_ns();
}

static const struct prog_info *earlier(const struct progs *p, uint32_t id)
{
    for (size_t i = 0; i < p->n_before; i++)
        if (p->before[i].id == id)
            return &p->before[i];
    return NULL;
}

struct rates {
    double runs, ns_per_run, cpu_percent; /* a second; over the interval; of one core */
};

/* Since the reading before; a program that is new has run since its load. */
static struct rates rates_of(const struct progs *p, const struct prog_info *i)
{
    const struct prog_info *from = earlier(p, i->id);
    double seconds = (double)(p->now_ns - p->before_ns) / NS_PER_S;
    uint64_t runs = i->runs - (from ? from->runs : 0), ns = i->run_ns - (from ? from->run_ns : 0);
    if (!p->before_ns || seconds <= 0)
        return (struct rates){0};
    return (struct rates){(double)runs / seconds, runs ? (double)ns / (double)runs : 0, (double)ns / seconds / 1e7};
}

static void add_owners(struct text *t, const struct prog_info *p)
{
    for (uint32_t i = 0; i < p->n_owners && i < 2; i++)
        text_addf(t, "%s%s %d", i ? ", " : "", p->owners[i].comm, (int)p->owners[i].pid);
    if (p->n_owners > 2)
        text_addf(t, " +%u", p->n_owners - 2);
    text_addc(t, '\0');
}

static const struct live_column columns[] = {
    {"id", true, 0},     {"name", false, 0}, {"type", false, 0}, {"events/s", true, 9},
    {"avg ns", true, 7}, {"cpu %", true, 6}, {"runs", true, 0},  {"process", false, 0},
};
enum { COLUMN_CPU = 5 };
static const struct live_mode modes[] = {{'c', "programs", COLUMN_CPU, columns, sizeof columns / sizeof columns[0]}};

static void add_row(struct live_rows *rows, const struct progs *p, const struct prog_info *i)
{
    struct rates r = rates_of(p, i);
    struct text owners = {0};
    add_owners(&owners, i);
    char id[16]; /* not grouped in thousands */
    snprintf(id, sizeof id, "%u", i->id);
    live_words(rows, id, (double)i->id);
    live_text(rows, i->name);
    live_text(rows, i->type);
    live_count(rows, (uint64_t)(r.runs + 0.5));
    live_count(rows, (uint64_t)(r.ns_per_run + 0.5));
    live_real(rows, r.cpu_percent, 3);
    live_count(rows, i->runs);
    live_text(rows, owners.bytes);
    text_free(&owners);
}

static int refresh(void *arg, size_t mode, struct live_rows *rows, struct err *why)
{
    (void)mode;
    struct progs *p = arg;
    struct prog_info *now = NULL;
    size_t n = 0;
    int rc = progs_read(&now, &n, why);
    if (rc)
        return rc;
    progs_find_owners(now, n);
    progs_count(now, n); /* looking for owners took a while */
    read_anew(p, now, n);
    double cpu = 0, events = 0;
    for (size_t i = 0; i < n; i++) {
        add_row(rows, p, &now[i]);
        cpu += rates_of(p, &now[i]).cpu_percent;
        events += rates_of(p, &now[i]).runs;
    }
    text_addf(&rows->heading, "%zu BPF programs, %.0f events/s, %.2f %% of one core\n", n, events, cpu);
    return 0;
}

/* ---- JSON ---- */

static void add_string(struct text *t, const char *key, const char *value)
{
    text_addf(t, ",\"%s\":", key);
    text_add_json(t, value, strlen(value));
}

static void add_json(struct text *t, const struct progs *p, const struct prog_info *i)
{
    struct rates r = rates_of(p, i);
    text_addf(t, "{\"id\":%u", i->id);
    add_string(t, "name", i->name);
    add_string(t, "type", i->type);
    add_string(t, "tag", i->tag);
    text_addf(t, ",\"runs\":%" PRIu64 ",\"run_ns\":%" PRIu64 ",\"events_per_s\":%.1f,\"ns_per_run\":%.1f,\"cpu_percent\":%.4f", i->runs,
              i->run_ns, r.runs, r.ns_per_run, r.cpu_percent);
    text_addf(t, ",\"uid\":%u,\"instructions\":%u,\"jited_bytes\":%u,\"maps\":%u,\"processes\":[", i->uid, i->instructions, i->jited_bytes,
              i->n_maps);
    for (uint32_t k = 0; k < i->n_owners && k < PROG_OWNERS; k++) {
        text_addf(t, "%s{\"pid\":%d", k ? "," : "", (int)i->owners[k].pid);
        add_string(t, "comm", i->owners[k].comm);
        text_addc(t, '}');
    }
    text_adds(t, "]}");
}

static int print_json(struct progs *p, int interval_ms, struct err *why)
{
    struct live_rows rows = {0};
    struct text out = {0};
    struct pollfd signal = {.fd = interrupt_fd(), .events = POLLIN};
    int rc = refresh(p, 0, &rows, why);
    if (!rc && poll(&signal, 1, interval_ms) > 0)
        rc = -EINTR;
    rows.n = 0;
    if (!rc)
        rc = refresh(p, 0, &rows, why);
    text_adds(&out, "[");
    for (size_t i = 0; !rc && i < p->n_now; i++) {
        text_adds(&out, i ? ",\n" : "\n");
        add_json(&out, p, &p->now[i]);
    }
    text_adds(&out, "\n]\n");
    text_free(&rows.room);
    text_free(&rows.heading);
    free(rows.cells);
    if (rc)
        text_free(&out);
    return rc ? rc : output_text(&out) ? -EIO : 0;
}

/* ---- the command ---- */

static int run(const struct invocation *in)
{
    struct progs p = {0};
    struct err why = {0};
    int interval_ms = (int)(config_number(in->options, "interval") / NS_PER_MS);
    struct live_view view = {.title = "programs", .modes = modes, .n_modes = 1, .interval_ms = interval_ms, .refresh = refresh, .arg = &p};
    interrupt_catch();
    int accounting = bpf_enable_stats(BPF_STATS_RUN_TIME); /* until we end; without it runs are not counted */
    if (accounting < 0)
        fprintf(stderr, "sonde progs: the kernel refuses to account program runs (%s; it needs CAP_SYS_ADMIN); rates will be missing\n",
                strerror(errno));
    bool json = !strcmp(config_text(in->options, "output"), "json");
    int rc = json ? print_json(&p, interval_ms, &why) : live_run(&view, config_bool(in->options, "once"), &why);
    if (accounting >= 0)
        close(accounting);
    free(p.now);
    free(p.before);
    if (rc == -EINTR)
        return interrupt_exit();
    if (rc && why.code)
        fprintf(stderr, "sonde progs: %s\n", why.text);
    return rc ? EXIT_FAILED : EXIT_OK;
}

static const struct example examples[] = {
    {"sonde progs", "all BPF programs, the most expensive first, refreshed each second"},
    {"sonde progs -o json | jq 'map(select(.cpu_percent > 0.1))'", "those that take more than a thousandth of a core"},
};

const struct command command_progs = {
    .name = "progs",
    .summary = "every BPF program on the system, with what it costs",
    .operands = "",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .details = "Whoever loaded them. While it runs, the kernel accounts each run of each program, which costs about 40 ns a run.\n"
               "The process column names those that hold a descriptor of the program or of its link; a program that is only\n"
               "pinned or attached has none. Needs no agent.",
    .examples = examples,
    .n_examples = sizeof examples / sizeof examples[0],
    .run = run,
};
