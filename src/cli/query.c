/* sonde query: SQL in, rows out. */
#include "agent/options.h"
#include "cli/client.h"
#include "cli/commands.h"
#include "cli/select.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
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

static int run(const struct invocation *in)
{
    struct err why = {0};
    struct text sql = {.ceiling = SQL_CEILING};
    int code = EXIT_USAGE;
    if (!strcmp(config_text(in->options, "output"), "parquet") && isatty(STDOUT_FILENO))
        err_set(&why, EINVAL, "Parquet is not for a terminal; write it to a file: sonde query … -o parquet > rows.parquet");
    else if (!read_sql(in, &sql, &why))
        code = select_run(in->command, &(struct select){.socket = client_socket(in),
                                                        .sql = sql.bytes ? sql.bytes : "",
                                                        .format = config_text(in->options, "output"),
                                                        .timeout_ns = config_number(in->options, "timeout")});
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
