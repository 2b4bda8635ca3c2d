#include "cli/rows.h"

#include "base/clock.h"
#include "cli/json_row.h"
#include "cli/people.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_CEILING = 64 * 1024 * 1024, SCREENFUL_MS = 200, MAX_COLUMNS = 4096 };

struct rows_view {
    struct terminal terminal;
    bool live;
    bool as_text, for_people;
    enum people_kind *kinds;     /* for people */
    struct text headings, shown; /* of them */
    json_t *declared;            /* the first line; column names are borrowed from it */
    struct grid_column *columns;
    size_t n_columns;
    struct json_value *values;
    struct grid_cell *cells;
    struct grid grid;
    struct text line; /* the beginning of a line whose end has not arrived */
    struct text out;
    int64_t first_ns; /* when the first line came, CLOCK_MONOTONIC */
    uint64_t count;
    const char *problem;
};

struct rows_view *rows_open(const struct terminal *terminal, bool live)
{
    struct rows_view *v = calloc(1, sizeof *v);
    if (v) {
        v->terminal = *terminal;
        v->live = live;
        v->line.ceiling = LINE_CEILING;
    }
    return v;
}

void rows_as_text(struct rows_view *v)
{
    v->as_text = true;
}

void rows_for_people(struct rows_view *v)
{
    v->for_people = true;
}

void rows_close(struct rows_view *v)
{
    if (!v)
        return;
    grid_end(&v->grid);
    json_decref(v->declared);
    free(v->kinds);
    text_free(&v->headings);
    text_free(&v->shown);
    free(v->columns);
    free(v->values);
    free(v->cells);
    text_free(&v->line);
    text_free(&v->out);
    free(v);
}

/* Types whose values line up on the right, by the start of their SQL or own name. */
static bool is_numeric(const char *type)
{
    static const char *const starts[] = {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER",
                                         "UBIGINT", "UHUGEINT", "FLOAT",   "DOUBLE", "DECIMAL", "i16",      "i32",       "i64",
                                         "u8",      "u16",      "u32",     "u64",    "f32",     "f64"};
    for (size_t i = 0; i < sizeof starts / sizeof starts[0]; i++)
        if (!strncmp(type, starts[i], strlen(starts[i])))
            return !strchr(type, '['); /* not a list of them */
    return false;
}

static bool is_time(const char *type)
{
    return !strncmp(type, "TIMESTAMP", 9) || !strcmp(type, "time");
}

/* Room for a value whose width is not known beforehand. */
static size_t usual_width(const char *type)
{
    if (is_time(type))
        return strlen("2026-11-21T01:02:03.000000004Z");
    return is_numeric(type) ? 8 : !strcmp(type, "BOOLEAN") || !strcmp(type, "bool") ? 5 : 8;
}

/* Headings lose their units, which the values then carry. */
static bool name_for_people(struct rows_view *v, const json_t *columns)
{
    v->kinds = calloc(v->n_columns + 1, sizeof *v->kinds);
    for (size_t i = 0; v->kinds && i < v->n_columns; i++) {
        v->kinds[i] = people_kind_of(v->columns[i].name, json_string_value(json_object_get(json_array_get(columns, i), "type")));
        people_add_heading(&v->headings, v->columns[i].name, v->kinds[i]);
        text_addc(&v->headings, '\0');
    }
    if (!v->kinds || v->headings.full)
        return false;
    const char *p = v->headings.bytes;
    for (size_t i = 0; i < v->n_columns; i++, p += strlen(p) + 1) {
        v->columns[i].name = p;
        if (v->kinds[i] == PEOPLE_TIME && v->live)
            v->columns[i].least = strlen("01:02:03.004");
    }
    return true;
}

static void show_for_people(struct rows_view *v)
{
    text_clear(&v->shown);
    for (size_t i = 0; i < v->n_columns; i++) {
        size_t from = v->shown.length;
        if (v->cells[i].p)
            people_add(&v->shown, v->kinds[i], v->cells[i].p, v->cells[i].n);
        v->cells[i].n = v->shown.length - from;
    }
    const char *p = v->shown.bytes;
    for (size_t i = 0; i < v->n_columns; p += v->cells[i++].n)
        if (v->cells[i].p)
            v->cells[i].p = p;
}

/* {"columns":[{"name":"pid","type":"UINTEGER"},…]} */
static const char *declare(struct rows_view *v, const char *line, size_t n)
{
    v->declared = json_loadb(line, n, 0, NULL);
    const json_t *columns = json_object_get(v->declared, "columns");
    v->n_columns = json_array_size(columns);
    if (!json_is_array(columns) || v->n_columns > MAX_COLUMNS)
        return "the agent's answer does not begin with its columns";
    v->columns = calloc(v->n_columns + 1, sizeof *v->columns);
    v->values = calloc(v->n_columns + 1, sizeof *v->values);
    v->cells = calloc(v->n_columns + 1, sizeof *v->cells);
    if (!v->columns || !v->values || !v->cells)
        return "out of memory";
    for (size_t i = 0; i < v->n_columns; i++) {
        const char *name = json_string_value(json_object_get(json_array_get(columns, i), "name"));
        const char *type = json_string_value(json_object_get(json_array_get(columns, i), "type"));
        if (!name || !type)
            return "a column of the agent's answer has no name or type";
        v->columns[i] = (struct grid_column){name, is_numeric(type), v->live ? usual_width(type) : 0, is_time(type)};
    }
    if (v->for_people && !name_for_people(v, columns))
        return "out of memory";
    grid_begin(&v->grid, v->columns, v->n_columns, &v->terminal);
    v->grid.adapts = v->live;
    v->grid.settled = v->as_text; /* no heading */
    if (v->live)
        grid_settle(&v->grid, &v->out);
    return NULL;
}

/* {"lost":N} */
static const char *tell_lost(const char *line, size_t n)
{
    json_t *root = json_loadb(line, n, 0, NULL);
    const json_t *lost = json_object_get(root, "lost");
    bool right = json_is_integer(lost);
    if (right)
        fprintf(stderr, "%" JSON_INTEGER_FORMAT " rows lost here: this reader is too slow\n", json_integer_value(lost));
    json_decref(root);
    return right ? NULL : "a line of the agent's answer is not a row";
}

/* Line by line: the ends of lines are obeyed, other control characters are shown. */
static void add_lines(struct text *out, const struct grid_cell *cell)
{
    const char *p = cell->p, *end = p ? p + cell->n : NULL;
    while (p < end) {
        const char *stop = memchr(p, '\n', (size_t)(end - p));
        size_t n = (size_t)((stop ? stop : end) - p);
        grid_add_display(out, p, n, 0);
        text_addc(out, '\n');
        p += n + 1;
    }
}

static const char *take_line(struct rows_view *v, char *line, size_t n)
{
    if (!n)
        return NULL;
    if (!v->declared) {
        v->first_ns = clock_mono_ns();
        return declare(v, line, n);
    }
    if (*line == '{')
        return tell_lost(line, n);
    if (json_row_split(line, n, v->values, v->n_columns) != (ssize_t)v->n_columns)
        return "a line of the agent's answer is not a row";
    for (size_t i = 0; i < v->n_columns; i++) {
        const struct json_value *value = &v->values[i];
        v->cells[i] = (struct grid_cell){value->kind == SCAN_NULL ? NULL : value->p, value->n};
    }
    if (v->for_people)
        show_for_people(v);
    if (v->as_text && v->n_columns)
        add_lines(&v->out, &v->cells[v->n_columns - 1]);
    else
        grid_add(&v->grid, v->cells, &v->out);
    v->count++;
    return NULL;
}

static bool flush(struct rows_view *v)
{
    if (v->out.full)
        v->problem = "out of memory";
    bool sent = !v->out.length || output_write(v->out.bytes, v->out.length);
    text_clear(&v->out);
    return sent && !v->problem;
}

bool rows_data(void *view, const char *bytes, size_t n)
{
    struct rows_view *v = view;
    text_add(&v->line, bytes, n);
    if (v->line.full)
        v->problem = "a row is larger than 64 MiB, or memory ran out";
    size_t at = 0;
    while (!v->problem && at < v->line.length) {
        char *start = v->line.bytes + at, *end = memchr(start, '\n', v->line.length - at);
        if (!end)
            break;
        v->problem = take_line(v, start, (size_t)(end - start));
        at += (size_t)(end - start) + 1;
    }
    if (at) {
        v->line.length -= at;
        memmove(v->line.bytes, v->line.bytes + at, v->line.length);
    }
    if (v->problem)
        return false;
    return rows_idle(v);
}

int rows_wait_ms(void *view)
{
    const struct rows_view *v = view;
    if (!v->declared || v->grid.settled)
        return -1;
    int64_t left = v->first_ns + (int64_t)SCREENFUL_MS * NS_PER_MS - clock_mono_ns();
    return left > 0 ? (int)((left + NS_PER_MS - 1) / NS_PER_MS) : 0;
}

bool rows_idle(void *view)
{
    struct rows_view *v = view;
    if (rows_wait_ms(v) == 0)
        grid_settle(&v->grid, &v->out);
    return flush(v);
}

bool rows_end(struct rows_view *v, bool whole)
{
    if (whole && v->line.length && !v->problem)
        v->problem = "the agent's answer ends inside a row";
    if (v->declared && !v->problem)
        grid_settle(&v->grid, &v->out);
    return flush(v);
}

uint64_t rows_count(const struct rows_view *v)
{
    return v->count;
}

const char *rows_problem(const struct rows_view *v)
{
    return v->problem;
}
