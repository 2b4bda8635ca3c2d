/* sonde tail: rows as they are seen, each printed when it arrives. */
#include "agent/options.h"
#include "base/names.h"
#include "cli/client.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "cli/rows.h"
#include "cli/table_names.h"
#include "collectors/collector.h"

#include <stdio.h>
#include <string.h>

enum { LINE_CEILING = 64 * 1024 * 1024 };

static const char *format_choice(size_t i)
{
    static const char *const names[] = {"table", "json", "jsonl", "csv"};
    return i < sizeof names / sizeof names[0] ? names[i] : NULL;
}

static const struct config_option options[] = {
    {"where", CONFIG_TEXT, "", "EXPR", "only rows for which this SQL expression over the table's columns is true", .letter = 'w'},
    {"output", CONFIG_TEXT, "table", "FORMAT", "how to write the rows", .choice = format_choice, .letter = 'o'},
    {"count", CONFIG_NUMBER, "0", "N", "end after N rows; 0: never", .letter = 'n'},
    OPTION_SOCKET,
};

/* How one format is asked for and shown. */
struct tail_sink {
    bool (*data)(void *arg, const char *bytes, size_t n);
    void *arg;
};

static bool pass_through(void *arg, const char *bytes, size_t n)
{
    (void)arg;
    return output_write(bytes, n);
}

/* Lines of JSON become the items of one array. */
struct array_writer {
    struct text line, out;
    bool begun;
};

static bool write_array(void *arg, const char *bytes, size_t n)
{
    struct array_writer *w = arg;
    const char *end;
    for (; (end = memchr(bytes, '\n', n)); n -= (size_t)(end + 1 - bytes), bytes = end + 1) {
        text_add(&w->line, bytes, (size_t)(end - bytes));
        if (!w->line.length)
            continue;
        text_adds(&w->out, w->begun ? ",\n" : "[\n");
        text_add(&w->out, w->line.bytes, w->line.length);
        text_clear(&w->line);
        w->begun = true;
    }
    text_add(&w->line, bytes, n);
    bool sent = !w->line.full && !w->out.full && (!w->out.length || output_write(w->out.bytes, w->out.length));
    text_clear(&w->out);
    return sent;
}

static void add_path(const struct invocation *in, const char *format, struct text *path)
{
    char n[24];
    const char *where = config_text(in->options, "where");
    snprintf(n, sizeof n, "%llu", (unsigned long long)config_number(in->options, "count"));
    text_adds(path, "/v1/tail");
    client_add_parameter(path, "table", in->operands[0]);
    client_add_parameter(path, "format", !strcmp(format, "table") ? "rows" : !strcmp(format, "json") ? "jsonl" : format);
    if (*where)
        client_add_parameter(path, "where", where);
    if (config_number(in->options, "count"))
        client_add_parameter(path, "n", n);
}

static enum client_end follow(const struct invocation *in, const char *format, struct tail_sink sink, struct err *why)
{
    struct client_answer answer;
    struct text path = {0};
    add_path(in, format, &path);
    struct client_request r = {.socket = client_socket(in), .path = path.bytes, .data = sink.data, .arg = sink.arg};
    enum client_end end = client_run(&r, &answer, why);
    if (answer.lost && !strcmp(format, "csv"))
        fprintf(stderr, "%llu rows were lost: this reader was too slow\n", (unsigned long long)answer.lost);
    text_free(&path);
    return end;
}

static enum client_end follow_table(const struct invocation *in, struct err *why)
{
    struct terminal terminal;
    terminal_probe(&terminal);
    struct rows_view *view = rows_open(&terminal, true);
    if (!view) {
        err_set(why, ENOMEM, "out of memory");
        return CLIENT_FAILED;
    }
    enum client_end end = follow(in, "table", (struct tail_sink){rows_data, view}, why);
    if (end != CLIENT_FAILED && rows_problem(view)) {
        err_set(why, EPROTO, "%s", rows_problem(view));
        end = CLIENT_FAILED;
    }
    rows_close(view);
    return end;
}

static enum client_end follow_json(const struct invocation *in, struct err *why)
{
    struct array_writer w = {.line.ceiling = LINE_CEILING};
    enum client_end end = follow(in, "json", (struct tail_sink){write_array, &w}, why);
    if (end != CLIENT_STOPPED && (w.begun || end == CLIENT_DONE || end == CLIENT_INTERRUPTED)) {
        const char *close = w.begun ? "\n]\n" : "[]\n";
        output_write(close, strlen(close));
    }
    text_free(&w.line);
    text_free(&w.out);
    return end;
}

static int run(const struct invocation *in)
{
    struct err why = {0};
    const char *format = config_text(in->options, "output");
    enum client_end end;
    if (!collector_table(in->operands[0]))
        return table_refuse(in->command, in->operands[0]);
    if (config_is_set(in->options, "where") && !*config_text(in->options, "where")) {
        fputs("sonde tail: --where is empty; give an expression, as in --where 'pid = 42', or leave it out\n", stderr);
        return EXIT_USAGE;
    }
    if (!strcmp(format, "table"))
        end = follow_table(in, &why);
    else if (!strcmp(format, "json"))
        end = follow_json(in, &why);
    else
        end = follow(in, format, (struct tail_sink){pass_through, NULL}, &why);
    return end == CLIENT_INTERRUPTED ? EXIT_INTERRUPTED : client_exit(in->command, end, &why);
}

static const struct example examples[] = {
    {"sonde tail execs", "every program that starts, as it starts"},
    {"sonde tail file_ops --where \"path like '/etc/%' and error is not null\"", "failed file operations below /etc"},
    {"sonde tail tcp_events -o jsonl -n 100 | jq .", "the next hundred, for another program"},
};

const struct command command_tail = {
    .name = "tail",
    .summary = "show rows as they are seen",
    .operands = "TABLE",
    .operand = OPERAND_TABLE,
    .least_operands = 1,
    .most_operands = 1,
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .details = "Rows of the live stream, from now on, until Ctrl-C. A reader that is too slow loses rows; how many is said on\n"
               "stderr (table, csv) or in lines {\"lost\":N} (json, jsonl).",
    .examples = examples,
    .n_examples = sizeof examples / sizeof examples[0],
    .run = run,
};
