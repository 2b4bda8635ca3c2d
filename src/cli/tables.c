/* sonde tables: the reference of tables and columns, from their declarations. No agent needed; one that runs may have more of them. */
#include "agent/options.h"
#include "cli/client.h"
#include "cli/command.h"
#include "cli/commands.h"
#include "cli/declared.h"
#include "cli/grid.h"
#include "cli/output.h"
#include "cli/table_names.h"
#include "collectors/collector.h"
#include "table/declare.h"
#include "table/describe.h"

#include <string.h>

static const char *format_choice(size_t i)
{
    static const char *const names[] = {"table", "json", "markdown"};
    return i < sizeof names / sizeof names[0] ? names[i] : NULL;
}

static const struct config_option options[] = {
    {"output", CONFIG_TEXT, "table", "FORMAT", "how to write the reference", .choice = format_choice, .letter = 'o'},
    OPTION_SOCKET,
};

/* One way to write the reference. */
struct writer {
    void (*begin)(struct text *out);
    void (*table)(struct text *out, const struct table *t, const struct collector *owner); /* owner NULL: declared at run time */
    void (*end)(struct text *out);
};

struct walk {
    const struct writer *writer;
    const char *only; /* NULL: all tables */
    struct text out;
};

static void write_table(struct text *out, const struct table *t, const struct collector *owner)
{
    static const struct grid_column columns[] = {{.name = "column"}, {.name = "type"}, {.name = "unit"}, {.name = "meaning"}};
    struct terminal terminal;
    struct grid g;
    terminal_probe(&terminal);
    terminal.width = 0; /* a reference is shown whole */
    text_addf(out, "%s%s%s%s (%s%s): %s\n\n", out->length ? "\n" : "", terminal.colour ? "\033[1m" : "", t->name,
              terminal.colour ? "\033[0m" : "", owner ? "collector " : "declared", owner ? owner->name : "", t->description);
    grid_begin(&g, columns, sizeof columns / sizeof columns[0], &terminal);
    for (size_t i = 0; i < t->n_columns; i++) {
        const struct column *c = &t->columns[i];
        const struct grid_cell cells[] = {grid_text(c->name), grid_text(type_sql(c->type)), grid_text(c->unit), grid_text(c->description)};
        grid_add(&g, cells, out);
    }
    grid_settle(&g, out);
    grid_end(&g);
}

static void json_begin(struct text *out)
{
    text_addc(out, '[');
}

static void json_table(struct text *out, const struct table *t, const struct collector *owner)
{
    (void)owner;
    text_adds(out, out->length > 1 ? ",\n" : "");
    table_describe(out, t);
}

static void json_end(struct text *out)
{
    text_adds(out, "]\n");
}

/* Text of a Markdown table's cell. */
static void add_markdown(struct text *out, const char *s)
{
    for (; s && *s; s++) {
        if (strchr("|<>*_`\\[]", *s))
            text_addc(out, '\\');
        text_addc(out, *s);
    }
}

static void markdown_begin(struct text *out)
{
    text_adds(
        out,
        "# Tables\n\nWritten by `make docs` from the declarations of the collectors; `sonde tables` shows the same. A column is the\n"
        "row's time, an identity (whose), a dimension (what kind: group by it) or a measure (how much).\n\n"
        "Names (paths, `comm`, `exe`, `cwd` …) are UTF-8. A byte that is not is written as `\\xHH`, `\\x80` to `\\xff`, and a backslash as "
        "`\\x5c`\n"
        "where the name itself has the four characters of such an escape: two names are never one. `args` is one line that bash reads\n"
        "back, byte for byte.\n\n"
        "`time` is UTC as the system clock had it then. When that clock is set, later rows carry the new time, within a second: the\n"
        "order of `time` is the order of events only between two settings. Durations and intervals come from a clock that nobody sets.\n");
}

static void markdown_table(struct text *out, const struct table *t, const struct collector *owner)
{
    text_addf(out, "\n## %s\n\n", t->name);
    add_markdown(out, t->description);
    text_addf(out, "%s %s%s.\n\n| column | type | unit | role | meaning |\n| --- | --- | --- | --- | --- |\n",
              t->description[strlen(t->description) - 1] == '.' ? "" : ".", owner ? "Collector: " : "Declared at run time",
              owner ? owner->name : "");
    for (size_t i = 0; i < t->n_columns; i++) {
        const struct column *c = &t->columns[i];
        text_addf(out, "| `%s` | %s | %s | %s | ", c->name, type_sql(c->type), c->unit ? c->unit : "", role_name(c->role));
        add_markdown(out, c->description);
        text_adds(out, " |\n");
    }
}

static const struct writer *writer_of(const char *format)
{
    static const struct writer table = {.table = write_table}, json = {json_begin, json_table, json_end},
                               markdown = {.begin = markdown_begin, .table = markdown_table};
    return !strcmp(format, "json") ? &json : !strcmp(format, "markdown") ? &markdown : &table;
}

static void visit(const struct table *t, const struct collector *owner, void *arg)
{
    struct walk *w = arg;
    if (!w->only || !strcmp(w->only, t->name))
        w->writer->table(&w->out, t, owner);
}

static void visit_declared(void *arg, const struct table *t)
{
    struct walk *w = arg;
    w->writer->table(&w->out, t, NULL);
}

/* One that the agent knows alone. False: it does not. */
static bool write_declared(struct walk *w, const char *socket)
{
    struct table *t = declared_table(socket, w->only);
    if (t)
        visit_declared(w, t);
    table_undeclare(t);
    return t;
}

static int run(const struct invocation *in)
{
    struct walk w = {writer_of(config_text(in->options, "output")), in->n_operands ? in->operands[0] : NULL, {0}};
    bool ours = !w.only || collector_table(w.only), document = !strcmp(config_text(in->options, "output"), "markdown");
    if (w.writer->begin)
        w.writer->begin(&w.out);
    if (ours)
        collector_each_table(visit, &w);
    if (!w.only && !document) /* the document is that of this program */
        declared_each(client_socket(in), visit_declared, &w);
    if (!ours && !write_declared(&w, client_socket(in))) {
        text_free(&w.out);
        return table_refuse(in->command, w.only);
    }
    if (w.writer->end)
        w.writer->end(&w.out);
    return output_text(&w.out);
}

static const struct example examples[] = {
    {"sonde tables", "every table and column"},
    {"sonde tables execs", "one table"},
    {"sonde tables -o json | jq -r '.[].name'", "for another program"},
};

const struct command command_tables = {
    .name = "tables",
    .summary = "the reference of tables and columns",
    .operands = "[TABLE]",
    .operand = OPERAND_TABLE,
    .most_operands = 1,
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .details = "From the declarations inside this program, and, when an agent runs, of the tables that were declared to it (sonde run\n"
               "--as-table); no agent is needed.",
    .examples = examples,
    .n_examples = sizeof examples / sizeof examples[0],
    .run = run,
};
