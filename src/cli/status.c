/* sonde status: the agent's health on one screen. */
#include "base/human.h"
#include "cli/commands.h"
#include "cli/report.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

/* A time as nanoseconds since 1970: a number, or ISO 8601 in UTC. 0: none. */
static int64_t time_ns(const json_t *v)
{
    struct tm tm = {0};
    const char *s = json_string_value(v), *rest = s ? strptime(s, "%Y-%m-%dT%H:%M:%S", &tm) : NULL;
    if (!s)
        return json_integer_value(v);
    return rest ? (int64_t)timegm(&tm) * 1000000000 : 0;
}

/* Only when the worker is less locked up than it should be. */
static void add_sandbox(struct text *out, const json_t *sandbox, const struct terminal *t)
{
    const char *why = member_text(sandbox, "why");
    if (!*why)
        return;
    report_heading(out, "sandbox", t);
    grid_add_display(out, why, strlen(why), 0);
    text_addc(out, '\n');
}

static void add_agent(struct text *out, const json_t *root, const struct terminal *t)
{
    const json_t *rss = json_object_get(root, "rss_bytes");
    uint64_t broker = member_count(rss, "broker"), worker = member_count(rss, "worker");
    report_heading(out, "agent", t);
    text_addf(out, "sonde %s, up ", member_text(root, "version"));
    human_duration(out, member_count(root, "uptime_ns"));
    text_addf(out, ", pid %llu", (unsigned long long)member_count(root, "pid"));
    if (member_count(root, "worker_pid"))
        text_addf(out, " (worker %llu)", (unsigned long long)member_count(root, "worker_pid"));
    text_addf(out, ", on %s\n", member_text(root, "socket"));
    report_heading(out, "cost", t);
    text_addf(out, "%.2f %% of one CPU, its kernel programs %.2f %%, ", member_real(root, "cpu_percent"),
              member_real(root, "kernel_cpu_percent"));
    human_bytes(out, broker + worker);
    text_adds(out, " memory (broker ");
    human_bytes(out, broker);
    text_adds(out, ", worker ");
    human_bytes(out, worker);
    text_adds(out, ")\n");
    add_sandbox(out, json_object_get(root, "sandbox"), t);
    text_addc(out, '\n');
}

static void add_collectors(struct text *out, const json_t *root, const struct terminal *t)
{
    static const struct grid_column columns[] = {
        {.name = "collector"},           {.name = "state"}, {.name = "rows", .right = true}, {.name = "rows/s", .right = true},
        {.name = "lost", .right = true}, {.name = "why"},
    };
    struct grid g;
    struct report_row row = {0};
    const json_t *c;
    size_t i;
    grid_begin(&g, columns, sizeof columns / sizeof columns[0], t);
    json_array_foreach(json_object_get(root, "collectors"), i, c)
    {
        row_text(&row, member_text(c, "name"));
        row_text(&row, member_text(c, "state"));
        row_count(&row, member_count(c, "rows"));
        row_real(&row, member_real(c, "rows_per_s"), 1);
        json_is_null(json_object_get(c, "lost")) ? row_text(&row, "?") : row_count(&row, member_count(c, "lost"));
        row_text(&row, *member_text(c, "why") ? member_text(c, "why") : " ");
        row_end(&row, &g, out);
    }
    grid_settle(&g, out);
    grid_end(&g);
    text_free(&row.room);
}

static void add_losses(struct text *out, const json_t *root, const struct terminal *t)
{
    const json_t *loss, *losses = json_object_get(root, "losses");
    size_t i;
    text_addc(out, '\n');
    if (!json_array_size(losses)) {
        report_heading(out, "losses", t);
        text_adds(out, "none\n");
    }
    json_array_foreach(losses, i, loss)
    {
        const char *place = member_text(loss, "place"), *reason = member_text(loss, "reason");
        report_heading(out, i ? "" : "losses", t);
        if (json_is_null(json_object_get(loss, "count")))
            text_adds(out, "unknown number");
        else
            human_count(out, member_count(loss, "count"));
        text_adds(out, " at ");
        grid_add_display(out, place, strlen(place), 0);
        text_adds(out, ": ");
        grid_add_display(out, reason, strlen(reason), 0);
        text_addc(out, '\n');
    }
}

/* The oldest and newest row of all tables. */
static uint64_t covered_ns(const json_t *tables)
{
    int64_t oldest = INT64_MAX, newest = 0;
    const json_t *table;
    size_t i;
    json_array_foreach(tables, i, table)
    {
        int64_t first = time_ns(json_object_get(table, "oldest")), last = time_ns(json_object_get(table, "newest"));
        oldest = first && first < oldest ? first : oldest;
        newest = last > newest ? last : newest;
    }
    return newest > oldest ? (uint64_t)(newest - oldest) : 0;
}

static void add_covered(struct text *out, const json_t *store, const struct terminal *t)
{
    double days = member_real(store, "days_kept");
    report_heading(out, "", t);
    uint64_t covered = covered_ns(json_object_get(store, "tables"));
    text_adds(out, "covers ");
    if (covered)
        human_duration(out, covered);
    else
        text_adds(out, "nothing yet");
    if (days > 0) {
        text_adds(out, "; at this rate it keeps ");
        human_duration(out, (uint64_t)(days * 86400e9));
    } else
        text_adds(out, "; how much is kept is not known yet");
    text_adds(out, " (goal ");
    human_duration(out, member_count(store, "retention_ns"));
    text_adds(out, ")");
    if (member_count(store, "bytes_per_day")) {
        text_adds(out, ", growing by ");
        human_bytes(out, member_count(store, "bytes_per_day"));
        text_adds(out, " a day");
    }
    text_addc(out, '\n');
}

static void add_store(struct text *out, const json_t *root, const struct terminal *t)
{
    const json_t *store = json_object_get(root, "store");
    report_heading(out, "store", t);
    text_addf(out, "%s: ", member_text(root, "data_dir"));
    human_bytes(out, member_count(store, "disk_bytes"));
    text_adds(out, " of at most ");
    human_bytes(out, member_count(store, "disk_limit_bytes"));
    text_adds(out, "; ");
    human_bytes(out, member_count(store, "free_bytes"));
    text_adds(out, " free on the disk\n");
    add_covered(out, store, t);
    report_heading(out, "", t);
    human_rows(out, member_count(store, "rows_written"));
    text_adds(out, " written since start, ");
    human_count(out, member_count(store, "rows_lost"));
    text_adds(out, " lost, ");
    human_count(out, member_count(store, "queued_rows"));
    text_adds(out, " waiting\n");
    if (json_is_true(json_object_get(store, "degraded"))) {
        report_heading(out, "", t);
        text_addf(out, "cannot write at present: %s\n", member_text(store, "why"));
    }
}

static void add_tables(struct text *out, const json_t *root, const struct terminal *t)
{
    static const struct grid_column columns[] = {
        {.name = "table"},
        {.name = "rows", .right = true},
        {.name = "segments", .right = true},
        {.name = "on disk", .right = true},
        {.name = "covers", .right = true},
    };
    struct grid g;
    struct report_row row = {0};
    const json_t *table;
    size_t i;
    text_addc(out, '\n');
    grid_begin(&g, columns, sizeof columns / sizeof columns[0], t);
    json_array_foreach(json_object_get(json_object_get(root, "store"), "tables"), i, table)
    {
        int64_t oldest = time_ns(json_object_get(table, "oldest")), newest = time_ns(json_object_get(table, "newest"));
        row_text(&row, member_text(table, "table"));
        row_count(&row, member_count(table, "rows"));
        row_count(&row, member_count(table, "segments"));
        row_bytes(&row, member_count(table, "bytes"));
        if (oldest && newest > oldest)
            row_duration(&row, (uint64_t)(newest - oldest));
        else
            row_text(&row, "");
        row_end(&row, &g, out);
    }
    grid_settle(&g, out);
    grid_end(&g);
    text_free(&row.room);
}

static void add_programs(struct text *out, const json_t *root, const struct terminal *t)
{
    static const struct grid_column columns[] = {
        {.name = "kernel program"},
        {.name = "collector"},
        {.name = "hook"},
        {.name = "mechanism"},
        {.name = "runs/s", .right = true},
        {.name = "ns/run", .right = true},
        {.name = "CPU %", .right = true},
    };
    struct grid g;
    struct report_row row = {0};
    const json_t *p;
    size_t i;
    text_addc(out, '\n');
    grid_begin(&g, columns, sizeof columns / sizeof columns[0], t);
    json_array_foreach(json_object_get(root, "programs"), i, p)
    {
        row_text(&row, member_text(p, "program"));
        row_text(&row, member_text(p, "collector"));
        row_text(&row, member_text(p, "hook"));
        row_text(&row, member_text(p, "mechanism"));
        row_real(&row, member_real(p, "runs_per_s"), 1);
        row_count(&row, member_count(p, "ns_per_run"));
        row_real(&row, member_real(p, "cpu_percent"), 3);
        row_end(&row, &g, out);
    }
    grid_settle(&g, out);
    grid_end(&g);
    text_free(&row.room);
}

static void show(struct text *out, const json_t *root, const struct terminal *t)
{
    add_agent(out, root, t);
    add_collectors(out, root, t);
    add_losses(out, root, t);
    text_addc(out, '\n');
    add_store(out, root, t);
    add_tables(out, root, t);
    if (json_array_size(json_object_get(root, "programs")))
        add_programs(out, root, t);
}

static int run(const struct invocation *in)
{
    return report_run(in, "/v1/status", show);
}

static const struct example examples[] = {
    {"sonde status", "health, losses, the store and the cost of each kernel program"},
    {"sonde status -o json | jq .store.days_kept", "one figure, for another program"},
};

const struct command command_status = {
    .name = "status",
    .summary = "the agent's health and cost",
    .operands = "",
    .options = report_options,
    .n_options = 2,
    .details = "What runs and what does not and why, what was lost, how far back the store reaches and how much it will keep,\n"
               "and what the agent itself costs.",
    .examples = examples,
    .n_examples = sizeof examples / sizeof examples[0],
    .run = run,
};
