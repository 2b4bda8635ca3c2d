/* sonde query: SQL in, rows out. */
#include "agent/options.h"
#include "base/clock.h"
#include "cli/client.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "cli/rows.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>
#include <unistd.h>

enum { SQL_CEILING = 1024 * 1024 };

static const char *format_choice(size_t i)
{
    static const char *const names[] = {"table", "json", "jsonl", "csv", "parquet"};
    return i < sizeof names / sizeof names[0] ? names[i] : NULL;
}

static const struct config_option options[] = {
    {"output", CONFIG_TEXT, "table", "FORMAT", "how to write the rows", .choice = format_choice, .letter = 'o'},
    {"file", CONFIG_TEXT, "", "FILE", "read the SQL from a file; - for stdin", .letter = 'f'},
    {"timeout", CONFIG_DURATION, "", "TIME", "end the query after this; the agent's query_timeout is the most", .least = "1ms"},
    OPTION_SOCKET,
};

static int read_file(const char *path, struct text *sql, struct err *why)
{
    char buf[16384];
    int fd = strcmp(path, "-") ? open(path, O_RDONLY | O_CLOEXEC) : STDIN_FILENO;
    if (fd < 0)
        return err_set(why, errno, "cannot open %s: %s", path, strerror(errno));
    ssize_t n;
    while ((n = read(fd, buf, sizeof buf)) > 0 && !sql->full)
        text_add(sql, buf, (size_t)n);
    int rc = n < 0 ? err_set(why, errno, "cannot read %s: %s", path, strerror(errno)) : 0;
    if (fd != STDIN_FILENO)
        close(fd);
    return rc;
}

/* The statement: the operand or the file, one of them. */
static int read_sql(const struct invocation *in, struct text *sql, struct err *why)
{
    const char *file = config_text(in->options, "file");
    int rc = 0;
    if (!in->n_operands == !*file)
        return err_set(why, EINVAL, *file ? "give the SQL or --file, not both" : "the SQL is missing: sonde query 'select 1'");
    if (*file)
        rc = read_file(file, sql, why);
    else
        text_adds(sql, in->operands[0]);
    if (!rc && sql->full)
        rc = err_set(why, E2BIG, "the SQL is larger than 1 MiB");
    return rc;
}

static bool pass_through(void *arg, const char *bytes, size_t n)
{
    (void)arg;
    return output_write(bytes, n);
}

static void add_paths(const struct invocation *in, const char *format, struct text *path, struct text *cancel)
{
    uint64_t id = 0;
    char hex[24], ms[24];
    if (getrandom(&id, sizeof id, 0) < 0)
        id = (uint64_t)clock_mono_ns() ^ (uint64_t)getpid() << 40;
    snprintf(hex, sizeof hex, "%016" PRIx64, id);
    snprintf(ms, sizeof ms, "%" PRIu64, config_number(in->options, "timeout") / NS_PER_MS);
    text_adds(path, "/v1/query");
    client_add_parameter(path, "format", strcmp(format, "table") ? format : "rows");
    if (config_is_set(in->options, "timeout"))
        client_add_parameter(path, "timeout_ms", ms);
    client_add_parameter(path, "id", hex);
    text_adds(cancel, "/v1/query");
    client_add_parameter(cancel, "id", hex);
}

/* Whether the first word is EXPLAIN. */
static bool asks_for_plan(const char *sql)
{
    static const char word[] = "explain";
    sql += strspn(sql, " \t\r\n");
    return !strncasecmp(sql, word, strlen(word)) && (!sql[strlen(word)] || strchr(" \t\r\n(", sql[strlen(word)]));
}

static enum client_end ask_for_table(struct client_request *r, const struct terminal *terminal, struct client_answer *answer,
                                     struct err *why)
{
    struct rows_view *view = rows_open(terminal, false);
    if (!view) {
        err_set(why, ENOMEM, "out of memory");
        return CLIENT_FAILED;
    }
    if (asks_for_plan(r->body))
        rows_as_text(view);
    r->data = rows_data;
    r->wait_ms = rows_wait_ms;
    r->idle = rows_idle;
    r->arg = view;
    enum client_end end = client_run(r, answer, why);
    if (end == CLIENT_DONE || end == CLIENT_FAILED)
        rows_end(view, end == CLIENT_DONE);
    if (end == CLIENT_DONE && !rows_problem(view) && terminal->is_terminal && !asks_for_plan(r->body))
        fprintf(stderr, "%" PRIu64 " row%s\n", rows_count(view), rows_count(view) == 1 ? "" : "s");
    if (end != CLIENT_FAILED && rows_problem(view)) {
        err_set(why, EPROTO, "%s", rows_problem(view));
        end = CLIENT_FAILED;
    }
    rows_close(view);
    return end;
}

static void tell_gaps(const struct client_answer *a)
{
    fprintf(stderr, "note: %" PRIu64 " loss%s recorded in the time that %s; see: sonde query 'FROM agent_losses'\n", a->gaps,
            a->gaps == 1 ? " is" : "es are", a->gaps_in_answer ? "this shows" : "is stored");
}

static enum client_end ask(const struct invocation *in, const struct text *sql, struct err *why)
{
    const char *format = config_text(in->options, "output");
    struct text path = {0}, cancel = {0};
    struct terminal terminal;
    struct client_answer answer;
    terminal_probe(&terminal);
    add_paths(in, format, &path, &cancel);
    struct client_request r = {.socket = client_socket(in),
                               .path = path.bytes,
                               .cancel_path = cancel.bytes,
                               .body = sql->bytes ? sql->bytes : "",
                               .body_size = sql->length,
                               .data = pass_through};
    enum client_end end = strcmp(format, "table") ? client_run(&r, &answer, why) : ask_for_table(&r, &terminal, &answer, why);
    if (end == CLIENT_DONE && answer.gaps && !strstr(r.body, "agent_losses"))
        tell_gaps(&answer);
    text_free(&path);
    text_free(&cancel);
    return end;
}

static int run(const struct invocation *in)
{
    struct err why = {0};
    struct text sql = {.ceiling = SQL_CEILING};
    int code = EXIT_USAGE;
    if (!strcmp(config_text(in->options, "output"), "parquet") && isatty(STDOUT_FILENO))
        err_set(&why, EINVAL, "Parquet is not for a terminal; write it to a file: sonde query … -o parquet > rows.parquet");
    else if (!read_sql(in, &sql, &why))
        code = client_exit(in->command, ask(in, &sql, &why), &why);
    if (code == EXIT_USAGE)
        fprintf(stderr, "sonde query: %s\n", why.text);
    text_free(&sql);
    return code;
}

static const struct example examples[] = {
    {"sonde query 'select time, pid, exe, args from execs order by time desc limit 20'", "the last 20 program starts"},
    {"sonde query 'select comm, count(*) n from file_ops where error is not null group by all order by n desc' -o csv",
     "which programs run into file errors, as CSV"},
    {"sonde query -o parquet 'select * from tcp_events' > tcp_events.parquet", "a whole table, for another tool"},
    {"sonde query -f report.sql --timeout 5s", "SQL from a file, for at most five seconds"},
};

const struct command command_query = {
    .name = "query",
    .summary = "ask the agent's store in SQL",
    .operands = "'SQL'",
    .operand = OPERAND_SQL,
    .most_operands = 1,
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .details = "One reading statement in DuckDB's SQL; `sonde tables` lists tables and columns. Rows are shown while the query\n"
               "runs. Ctrl-C ends the query in the agent, too.",
    .examples = examples,
    .n_examples = sizeof examples / sizeof examples[0],
    .run = run,
};
