#include "cli/summary.h"

#include "cli/ask.h"
#include "cli/at_hand.h"
#include "cli/interrupt.h"
#include "cli/output.h"
#include "cli/report.h"
#include "cli/window.h"
#include "table/histogram.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char summary_details[] =
    "Rows of a table, summed up; `sonde tables` describes it, and any other question can be asked with sonde query.\n"
    "With no agent running it watches by itself, as root.";

const char *summary_format(size_t i)
{
    static const char *const names[] = {"table", "json"};
    return i < sizeof names / sizeof names[0] ? names[i] : NULL;
}

static const struct summary_by *by_of(const struct invocation *in, const struct summary *s)
{
    for (size_t i = 0; i < SUMMARY_BYS && s->by[i].name; i++)
        if (!strcmp(s->by[i].name, config_text(in->options, "by")))
            return &s->by[i];
    return &s->by[0];
}

static size_t n_keys(const struct summary_by *by)
{
    size_t n = 0;
    while (n < SUMMARY_KEYS && by->keys[n].name)
        n++;
    return n;
}

/* ---- the question ---- */

static void add_select(struct text *sql, const struct summary_column *c)
{
    text_addf(sql, "%s AS \"%s\", ", c->sql, c->name);
}

static void compose(struct text *sql, const struct invocation *in, const struct summary *s, const struct window *w)
{
    const struct summary_by *by = by_of(in, s);
    text_adds(sql, "SELECT ");
    for (size_t i = 0; i < n_keys(by); i++)
        add_select(sql, &by->keys[i]);
    for (size_t i = 0; i < s->n_figures; i++)
        add_select(sql, &s->figures[i]);
    if (s->histogram)
        text_addf(sql, "histogram_sum(%s) AS histogram, %s AS \"most\", ", s->histogram, s->histogram_max);
    text_addf(sql, "count(*) AS \"rows\" FROM %s WHERE ", s->table);
    window_add_where(sql, w, in);
    if (n_keys(by))
        text_addf(sql, " GROUP BY ALL ORDER BY %s", s->order);
    if (n_keys(by) && config_number(in->options, "count"))
        text_addf(sql, " LIMIT %llu", (unsigned long long)config_number(in->options, "count"));
}

/* ---- the answer ---- */

static void add_cell(struct report_row *r, const json_t *row, const struct summary_column *c)
{
    const json_t *v = json_object_get(row, c->name);
    char number[32];
    if (json_is_null(v)) {
        row_text(r, "");
        return;
    }
    switch (c->kind) {
    case SUMMARY_COUNT: row_count(r, member_count(row, c->name)); break;
    case SUMMARY_DURATION: row_duration(r, member_count(row, c->name)); break;
    case SUMMARY_BYTES: row_bytes(r, member_count(row, c->name)); break;
    case SUMMARY_REAL: row_real(r, member_real(row, c->name), 1); break;
    default:
        if (json_is_integer(v))
            snprintf(number, sizeof number, "%lld", (long long)json_integer_value(v));
        row_text(r, json_is_integer(v) ? number : member_text(row, c->name));
    }
}

static struct grid_column heading_of(const struct summary_column *c)
{
    return (struct grid_column){.name = c->heading ? c->heading : c->name, .right = c->kind != SUMMARY_TEXT};
}

static void show_table(struct text *out, const struct summary *s, const struct summary_by *by, const json_t *rows,
                       const struct terminal *terminal)
{
    struct grid_column columns[16];
    struct report_row r = {0};
    struct grid g;
    size_t n = 0, i, k;
    const json_t *row;
    for (k = 0; k < n_keys(by); k++)
        columns[n++] = heading_of(&by->keys[k]);
    for (k = 0; k < s->n_figures && n < 16; k++)
        columns[n++] = heading_of(&s->figures[k]);
    grid_begin(&g, columns, n, terminal);
    json_array_foreach(rows, i, row)
    {
        for (k = 0; k < n_keys(by); k++)
            add_cell(&r, row, &by->keys[k]);
        for (k = 0; k < s->n_figures; k++)
            add_cell(&r, row, &s->figures[k]);
        row_end(&r, &g, out);
    }
    grid_settle(&g, out);
    grid_end(&g);
    text_free(&r.room);
}

static void show_histogram(struct text *out, const struct summary *s, const json_t *row, const struct terminal *terminal)
{
    uint64_t counts[HISTOGRAM_BUCKETS] = {0};
    size_t n = ask_histogram(row, "histogram", counts, HISTOGRAM_BUCKETS);
    bars_summary(out, counts, n, s->unit, s->what, member_count(row, "most"));
    text_addc(out, '\n');
    bars_draw(out, counts, n, s->unit, terminal->width);
}

static int show(const struct invocation *in, const struct summary *s, const json_t *rows)
{
    struct terminal terminal;
    struct text out = {0};
    const struct summary_by *by = by_of(in, s);
    if (!strcmp(config_text(in->options, "output"), "json")) {
        char *json = json_dumps(rows, JSON_COMPACT);
        text_adds(&out, json ? json : "[]");
        text_addc(&out, '\n');
        free(json);
        return output_text(&out);
    }
    terminal_probe(&terminal);
    if (n_keys(by))
        show_table(&out, s, by, rows, &terminal);
    else if (s->histogram)
        show_histogram(&out, s, json_array_get(rows, 0), &terminal);
    return output_text(&out);
}

static int ask_and_show(const struct invocation *in, const struct summary *s, const char *socket, const struct window *w)
{
    struct text sql = {0};
    struct err why = {0};
    enum client_end end;
    compose(&sql, in, s, w);
    json_t *rows = ask_json(socket, sql.bytes ? sql.bytes : "", &end, &why);
    text_free(&sql);
    int code = rows ? show(in, s, rows) : client_exit(in->command, end, &why);
    json_decref(rows);
    return code;
}

/* ---- the command ---- */

static int each_interval(const struct invocation *in, const struct summary *s, const char *socket)
{
    struct window w;
    int code = EXIT_OK;
    window_begin(&w);
    while (code == EXIT_OK && window_next(&w, (int64_t)config_number(in->options, "interval"))) {
        code = ask_and_show(in, s, socket, &w);
        if (code == EXIT_OK && strcmp(config_text(in->options, "output"), "json"))
            output_write("\n", 1);
    }
    return code;
}

static int watch(const struct invocation *in, const struct summary *s, const char *socket)
{
    struct window w;
    if (config_is_set(in->options, "interval"))
        return each_interval(in, s, socket);
    window_take(&w, in);
    return ask_and_show(in, s, socket, &w);
}

int summary_run(const struct invocation *in, const struct summary *s)
{
    struct at_hand agent;
    struct err why = {0};
    if (config_is_set(in->options, "since") && (config_is_set(in->options, "for") || config_is_set(in->options, "interval"))) {
        fprintf(stderr, "sonde %s: --since looks back, --for and --interval watch from now on; give one of them\n", in->command->name);
        return EXIT_USAGE;
    }
    if (at_hand_open(&agent, in, s->collectors, config_is_set(in->options, "since"), &why)) {
        if (why.code)
            fprintf(stderr, "sonde %s: %s\n", in->command->name, why.text);
        return why.code ? EXIT_FAILED : interrupt_exit();
    }
    int code = watch(in, s, agent.socket);
    at_hand_close(&agent);
    return code;
}
