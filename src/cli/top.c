/* sonde top: processes by what they use, refreshed each second. */
#include "agent/options.h"
#include "base/clock.h"
#include "cli/ask.h"
#include "cli/at_hand.h"
#include "cli/commands.h"
#include "cli/interrupt.h"
#include "cli/live.h"
#include "cli/report.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Rows of a second become visible up to two seconds later: rates are those of the two seconds before that. */
#define WINDOW  "time > now()::TIMESTAMP_NS - INTERVAL 4 SECOND AND time <= now()::TIMESTAMP_NS - INTERVAL 2 SECOND"
#define SECONDS "2.0"

enum top_kind { TOP_TEXT, TOP_COUNT, TOP_REAL, TOP_BYTES, TOP_DURATION, TOP_MEMORY };

struct top_figure {
    const char *name; /* in the answer */
    const char *heading;
    enum top_kind kind;
};

enum { TOP_WARM_MS = 4500 }; /* until an agent of our own has rows of such a window */
enum { TOP_FIGURES = 7, TOP_KEYS = 3 };

struct top_mode {
    const char *name, *collectors, *sql;
    int key;
    struct top_figure figures[TOP_FIGURES];
};

#define KEYS "pid, any_value(coalesce(\"user\", uid::VARCHAR)) AS owner, any_value(comm) AS comm, "

static const struct top_mode modes[] = {
    {"cpu",
     "process,scheduler",
     "SELECT " KEYS "sum(on_cpu_total_ns) / " SECONDS " / 1e7 AS cpu, sum(run_queue_total_ns) / " SECONDS " / 1e7 AS waiting, "
     "sum(io_total_ns) / " SECONDS " / 1e7 AS disk, sum(voluntary_switches) / " SECONDS " AS voluntary, "
     "sum(involuntary_switches) / " SECONDS " AS involuntary, sum(migrations) / " SECONDS " AS migrations "
     "FROM sched_processes WHERE " WINDOW " GROUP BY process_key, pid",
     'c',
     {{"cpu", "cpu %", TOP_REAL},
      {"waiting", "run queue %", TOP_REAL},
      {"disk", "disk wait %", TOP_REAL},
      {"", "memory", TOP_MEMORY},
      {"voluntary", "voluntary/s", TOP_COUNT},
      {"involuntary", "involuntary/s", TOP_COUNT},
      {"migrations", "migrations/s", TOP_COUNT}}},
    {"io",
     "process,file",
     "SELECT " KEYS "sum(read_bytes) / " SECONDS " AS \"read\", sum(write_bytes) / " SECONDS " AS written, sum(reads) / " SECONDS
     " AS reads, "
     "sum(writes) / " SECONDS " AS writes, sum(syncs) / " SECONDS " AS syncs, "
     "greatest(max(read_latency_max_ns), max(write_latency_max_ns), max(sync_latency_max_ns)) AS longest, "
     "sum(read_bytes + write_bytes) / " SECONDS " AS total FROM file_io WHERE " WINDOW " GROUP BY process_key, pid",
     'i',
     {{"total", "total/s", TOP_BYTES},
      {"read", "read/s", TOP_BYTES},
      {"written", "written/s", TOP_BYTES},
      {"reads", "reads/s", TOP_COUNT},
      {"writes", "writes/s", TOP_COUNT},
      {"syncs", "syncs/s", TOP_COUNT},
      {"longest", "longest", TOP_DURATION}}},
    {"net",
     "process,connections",
     "SELECT " KEYS "sum(sent_bytes) / " SECONDS " AS sent, sum(received_bytes) / " SECONDS " AS received, "
     "sum(sent_bytes + received_bytes) / " SECONDS " AS total, sum(sent_packets + received_packets) / " SECONDS " AS packets, "
     "sum(retransmits) / " SECONDS " AS retransmits, count(DISTINCT connection_key) AS connections, max(rtt_ns) AS rtt "
     "FROM connections WHERE " WINDOW " GROUP BY process_key, pid",
     'n',
     {{"total", "total/s", TOP_BYTES},
      {"sent", "sent/s", TOP_BYTES},
      {"received", "received/s", TOP_BYTES},
      {"packets", "packets/s", TOP_COUNT},
      {"retransmits", "retransmits/s", TOP_COUNT},
      {"connections", "connections", TOP_COUNT},
      {"rtt", "longest rtt", TOP_DURATION}}},
    {"syscalls",
     "process,syscalls",
     "SELECT " KEYS "sum(calls) / " SECONDS " AS calls, sum(errors) / " SECONDS " AS errors, max_by(call, calls) AS most, "
     "sum(latency_total_ns) / " SECONDS " / 1e7 AS inside, max_by(call, latency_max_ns) AS slowest, max(latency_max_ns) AS longest "
     "FROM syscalls WHERE " WINDOW " GROUP BY process_key, pid",
     's',
     {{"calls", "calls/s", TOP_COUNT},
      {"errors", "errors/s", TOP_COUNT},
      {"inside", "inside %", TOP_REAL},
      {"most", "most often", TOP_TEXT},
      {"slowest", "slowest", TOP_TEXT},
      {"longest", "longest", TOP_DURATION}}},
    {"files",
     "process,file",
     "SELECT " KEYS "count(*) / " SECONDS " AS ops, count(*) FILTER (op IN ('open', 'create')) / " SECONDS " AS opens, "
     "count(*) FILTER (op = 'create') / " SECONDS " AS creates, count(*) FILTER (op IN ('unlink', 'rmdir')) / " SECONDS " AS removals, "
     "count(*) FILTER (error IS NOT NULL) / " SECONDS " AS failed, max(latency_ns) AS longest, max_by(path, time) AS latest "
     "FROM file_ops WHERE " WINDOW " GROUP BY process_key, pid",
     'f',
     {{"ops", "operations/s", TOP_COUNT},
      {"opens", "opens/s", TOP_COUNT},
      {"creates", "creates/s", TOP_COUNT},
      {"removals", "removals/s", TOP_COUNT},
      {"failed", "failed/s", TOP_COUNT},
      {"longest", "longest", TOP_DURATION},
      {"latest", "latest path", TOP_TEXT}}},
};
enum { TOP_MODES = sizeof modes / sizeof modes[0] };

static const char *by_choice(size_t i)
{
    return i < TOP_MODES ? modes[i].name : NULL;
}

static const struct config_option options[] = {
    {"by", CONFIG_TEXT, "cpu", "WHAT", "what to look at first", .choice = by_choice, .letter = 'b'},
    {"count", CONFIG_NUMBER, "40", "N", "when printed: at most N processes; 0: all", .letter = 'n'},
    {"interval", CONFIG_DURATION, "1s", "TIME", "refresh each TIME", .least = "100ms", .letter = 'i'},
    {"once", CONFIG_BOOL, "false", NULL, "print one table, also on a terminal"},
    OPTION_SOCKET,
};

/* ---- one table ---- */

/* Resident memory, read here: this command runs on the host that it asks about. */
static uint64_t resident_bytes(uint64_t pid)
{
    char path[48];
    unsigned long long size, resident = 0;
    snprintf(path, sizeof path, "/proc/%llu/statm", (unsigned long long)pid);
    FILE *f = fopen(path, "re");
    if (f && fscanf(f, "%llu %llu", &size, &resident) != 2)
        resident = 0;
    if (f)
        fclose(f);
    return resident * (uint64_t)sysconf(_SC_PAGESIZE);
}

static void add_memory(struct live_rows *rows, uint64_t pid)
{
    uint64_t bytes = resident_bytes(pid);
    if (bytes)
        live_bytes(rows, (double)bytes);
    else
        live_text(rows, "");
}

static void add_figure(struct live_rows *rows, const json_t *row, const struct top_figure *f)
{
    double v = member_real(row, f->name);
    switch (f->kind) {
    case TOP_TEXT: live_text(rows, member_text(row, f->name)); break;
    case TOP_COUNT: live_count(rows, v > 0 ? (uint64_t)(v + 0.5) : 0); break;
    case TOP_REAL: live_real(rows, v, 1); break;
    case TOP_BYTES: live_bytes(rows, v); break;
    case TOP_DURATION: live_duration(rows, v > 0 ? (uint64_t)v : 0); break;
    case TOP_MEMORY: add_memory(rows, member_count(row, "pid")); break;
    }
}

struct top {
    struct at_hand agent;
};

static int refresh(void *arg, size_t mode, struct live_rows *rows, struct err *why)
{
    struct top *t = arg;
    enum client_end end;
    json_t *answer = ask_json(t->agent.socket, modes[mode].sql, &end, why), *row;
    size_t i;
    char pid[24];
    if (!answer)
        return why->code ? -why->code : -EINTR;
    json_array_foreach(answer, i, row)
    {
        snprintf(pid, sizeof pid, "%llu", (unsigned long long)member_count(row, "pid"));
        live_words(rows, pid, (double)member_count(row, "pid"));
        live_text(rows, member_text(row, "owner"));
        live_text(rows, member_text(row, "comm"));
        for (size_t k = 0; k < TOP_FIGURES && modes[mode].figures[k].heading; k++)
            add_figure(rows, row, &modes[mode].figures[k]);
    }
    text_addf(&rows->heading, "%zu processes by %s, of the two seconds before the last two\n", json_array_size(answer), modes[mode].name);
    json_decref(answer);
    return 0;
}

/* ---- the command ---- */

static void make_modes(struct live_mode live[TOP_MODES], struct live_column columns[TOP_MODES][TOP_KEYS + TOP_FIGURES])
{
    static const struct live_column keys[TOP_KEYS] = {{"pid", true, 7}, {"user", false, 8}, {"comm", false, 15}};
    for (size_t m = 0; m < TOP_MODES; m++) {
        size_t n = TOP_KEYS;
        memcpy(columns[m], keys, sizeof keys);
        for (const struct top_figure *f = modes[m].figures; f < modes[m].figures + TOP_FIGURES && f->heading; f++)
            columns[m][n++] = (struct live_column){f->heading, f->kind != TOP_TEXT, 0};
        live[m] = (struct live_mode){modes[m].key, modes[m].name, TOP_KEYS, columns[m], n};
    }
}

static size_t first_mode(const struct invocation *in)
{
    size_t m = 0;
    while (m + 1 < TOP_MODES && strcmp(modes[m].name, config_text(in->options, "by")))
        m++;
    return m;
}

static int run(const struct invocation *in)
{
    struct live_mode live[TOP_MODES];
    struct live_column columns[TOP_MODES][TOP_KEYS + TOP_FIGURES];
    struct top t;
    struct err why = {0};
    make_modes(live, columns);
    struct live_view view = {.title = "top",
                             .modes = live,
                             .n_modes = TOP_MODES,
                             .mode = first_mode(in),
                             .interval_ms = (int)(config_number(in->options, "interval") / NS_PER_MS),
                             .most_rows = config_number(in->options, "count"),
                             .refresh = refresh,
                             .arg = &t};
    int rc = at_hand_open(&t.agent, in, "process,scheduler,syscalls,file,connections", false, &why);
    if (!rc && t.agent.own)
        rc = at_hand_wait(TOP_WARM_MS);
    if (!rc)
        rc = live_run(&view, config_bool(in->options, "once"), &why);
    at_hand_close(&t.agent);
    if (rc && why.code)
        fprintf(stderr, "sonde top: %s\n", why.text);
    return !rc ? EXIT_OK : why.code ? EXIT_FAILED : interrupt_exit();
}

static const struct example examples[] = {
    {"sonde top", "processes by CPU; c i n s f look at CPU, I/O, network, system calls, files"},
    {"sonde top --by io | head", "the ten that read and write most, printed once"},
};

const struct command command_top = {
    .name = "top",
    .summary = "processes by what they use, live",
    .operands = "",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .details = "Short-lived processes are in it, too: figures come from the kernel's events, not from looking at /proc now and then.\n"
               "Percentages are of one core. With no agent running it watches by itself, as root.",
    .examples = examples,
    .n_examples = sizeof examples / sizeof examples[0],
    .run = run,
};
