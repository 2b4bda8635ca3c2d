#include "cli/follow.h"

#include "cli/client.h"
#include "cli/interrupt.h"
#include "cli/output.h"
#include "cli/rows.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { LINE_CEILING = 64 * 1024 * 1024 };

const char *follow_format(size_t i)
{
    static const char *const names[] = {"table", "json", "jsonl", "csv"};
    return i < sizeof names / sizeof names[0] ? names[i] : NULL;
}

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

static void add_path(const struct follow *f, const char *format, struct text *path)
{
    char n[24];
    snprintf(n, sizeof n, "%llu", (unsigned long long)f->count);
    text_adds(path, "/v1/tail");
    client_add_parameter(path, "table", f->table);
    client_add_parameter(path, "format", !strcmp(format, "table") ? "rows" : !strcmp(format, "json") ? "jsonl" : format);
    if (f->where && *f->where)
        client_add_parameter(path, "where", f->where);
    if (f->columns && *f->columns)
        client_add_parameter(path, "columns", f->columns);
    if (f->count)
        client_add_parameter(path, "n", n);
}

static enum client_end follow(const struct follow *f, const char *format, struct tail_sink sink, struct err *why)
{
    struct client_answer answer;
    struct text path = {0};
    add_path(f, format, &path);
    struct client_request r = {.socket = f->socket, .path = path.bytes, .data = sink.data, .arg = sink.arg};
    enum client_end end = client_run(&r, &answer, why);
    if (answer.lost && !strcmp(format, "csv"))
        fprintf(stderr, "%llu row%s lost: this reader was too slow\n", (unsigned long long)answer.lost,
                answer.lost == 1 ? " was" : "s were");
    text_free(&path);
    return end;
}

static enum client_end follow_table(const struct follow *f, struct err *why)
{
    struct terminal terminal;
    terminal_probe(&terminal);
    struct rows_view *view = rows_open(&terminal, true);
    if (!view) {
        err_set(why, ENOMEM, "out of memory");
        return CLIENT_FAILED;
    }
    if (f->for_people)
        rows_for_people(view);
    enum client_end end = follow(f, "table", (struct tail_sink){rows_data, view}, why);
    if (end != CLIENT_FAILED && rows_problem(view)) {
        err_set(why, EPROTO, "%s", rows_problem(view));
        end = CLIENT_FAILED;
    }
    rows_close(view);
    return end;
}

static enum client_end follow_json(const struct follow *f, struct err *why)
{
    struct array_writer w = {.line.ceiling = LINE_CEILING};
    enum client_end end = follow(f, "json", (struct tail_sink){write_array, &w}, why);
    if (end != CLIENT_STOPPED && (w.begun || end == CLIENT_DONE || end == CLIENT_INTERRUPTED)) {
        const char *close = w.begun ? "\n]\n" : "[]\n";
        output_write(close, strlen(close));
    }
    text_free(&w.line);
    text_free(&w.out);
    return end;
}

int follow_run(const struct command *c, const struct follow *f)
{
    struct err why = {0};
    enum client_end end;
    if (!strcmp(f->format, "table"))
        end = follow_table(f, &why);
    else if (!strcmp(f->format, "json"))
        end = follow_json(f, &why);
    else
        end = follow(f, f->format, (struct tail_sink){pass_through, NULL}, &why);
    return end == CLIENT_INTERRUPTED ? interrupt_exit() : client_exit(c, end, &why);
}
