#include "cli/report.h"

#include "agent/options.h"
#include "base/human.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const char *format_choice(size_t i)
{
    static const char *const names[] = {"table", "json"};
    return i < sizeof names / sizeof names[0] ? names[i] : NULL;
}

const struct config_option report_options[] = {
    {"output", CONFIG_TEXT, "table", "FORMAT", "how to write it", .choice = format_choice, .letter = 'o'},
    OPTION_SOCKET,
};
const size_t n_report_options = sizeof report_options / sizeof report_options[0];

static int show_or_pass(const struct invocation *in, struct text *body,
                        void (*show)(struct text *out, const json_t *root, const struct terminal *t))
{
    struct terminal terminal;
    struct text out = {0};
    if (!strcmp(config_text(in->options, "output"), "json")) {
        if (body->length && body->bytes[body->length - 1] != '\n')
            text_addc(body, '\n');
        return output_write(body->bytes, body->length) ? EXIT_OK : EXIT_FAILED;
    }
    json_t *root = json_loadb(body->bytes ? body->bytes : "", body->length, 0, NULL);
    if (!root) {
        fprintf(stderr, "sonde %s: the agent's answer is not JSON\n", in->command->name);
        return EXIT_FAILED;
    }
    terminal_probe(&terminal);
    show(&out, root, &terminal);
    json_decref(root);
    return output_text(&out);
}

int report_run(const struct invocation *in, const char *path, void (*show)(struct text *out, const json_t *root, const struct terminal *t))
{
    struct err why = {0};
    struct text body = {0};
    enum client_end end = client_fetch(client_socket(in), path, &body, &why);
    int code = end == CLIENT_DONE ? show_or_pass(in, &body, show) : client_exit(in->command, end, &why);
    text_free(&body);
    return code;
}

const char *member_text(const json_t *object, const char *name)
{
    const char *s = json_string_value(json_object_get(object, name));
    return s ? s : "";
}

double member_real(const json_t *object, const char *name)
{
    return json_number_value(json_object_get(object, name));
}

uint64_t member_count(const json_t *object, const char *name)
{
    const json_t *v = json_object_get(object, name);
    double real = json_real_value(v);
    if (json_is_integer(v))
        return json_integer_value(v) > 0 ? (uint64_t)json_integer_value(v) : 0;
    return real > 0 && real < 1.8e19 ? (uint64_t)llround(real < 9e18 ? real : 9e18) : 0;
}

static void row_begin_cell(struct report_row *r)
{
    r->starts[r->n] = r->room.length;
}

static void row_end_cell(struct report_row *r)
{
    r->ends[r->n++] = r->room.length;
}

void row_text(struct report_row *r, const char *s)
{
    row_begin_cell(r);
    text_adds(&r->room, s);
    row_end_cell(r);
}

void row_count(struct report_row *r, uint64_t n)
{
    row_begin_cell(r);
    human_count(&r->room, n);
    row_end_cell(r);
}

void row_bytes(struct report_row *r, uint64_t n)
{
    row_begin_cell(r);
    human_bytes(&r->room, n);
    row_end_cell(r);
}

void row_duration(struct report_row *r, uint64_t ns)
{
    row_begin_cell(r);
    human_duration(&r->room, ns);
    row_end_cell(r);
}

void row_real(struct report_row *r, double v, int decimals)
{
    row_begin_cell(r);
    text_addf(&r->room, "%.*f", decimals, v);
    row_end_cell(r);
}

void row_end(struct report_row *r, struct grid *g, struct text *out)
{
    struct grid_cell cells[16];
    for (size_t i = 0; i < r->n; i++)
        cells[i] = (struct grid_cell){r->ends[i] > r->starts[i] ? r->room.bytes + r->starts[i] : NULL, r->ends[i] - r->starts[i]};
    if (r->n == g->n_columns && !r->room.full)
        grid_add(g, cells, out);
    r->n = 0;
    text_clear(&r->room);
}

void report_heading(struct text *out, const char *name, const struct terminal *t)
{
    text_addf(out, "%s%-12s%s ", t->colour ? "\033[1m" : "", name, t->colour ? "\033[0m" : "");
}
