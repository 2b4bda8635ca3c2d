/* sonde tail: rows as they are seen, each printed when it arrives. */
#include "agent/options.h"
#include "cli/client.h"
#include "cli/commands.h"
#include "cli/declared.h"
#include "cli/follow.h"
#include "cli/table_names.h"
#include "collectors/collector.h"
#include "table/declare.h"

#include <stdio.h>
#include <string.h>

static const struct config_option options[] = {
    {"where", CONFIG_TEXT, "", "EXPR", "only rows for which this SQL expression over the table's columns is true", .letter = 'w'},
    {"columns", CONFIG_TEXT, "", "A,B", "only these columns, in this order", .letter = 'c'},
    {"output", CONFIG_TEXT, "table", "FORMAT", "how to write the rows", .choice = follow_format, .letter = 'o'},
    {"count", CONFIG_NUMBER, "0", "N", "end after N rows; 0: never", .letter = 'n'},
    OPTION_SOCKET,
};

static int run(const struct invocation *in)
{
    if (!collector_table(in->operands[0])) {
        struct table *declared = declared_table(client_socket(in), in->operands[0]);
        if (!declared)
            return table_refuse(in->command, in->operands[0]);
        table_undeclare(declared);
    }
    if (config_is_set(in->options, "where") && !*config_text(in->options, "where")) {
        fputs("sonde tail: --where is empty; give an expression, as in --where 'pid = 42', or leave it out\n", stderr);
        return EXIT_USAGE;
    }
    struct follow f = {.socket = client_socket(in),
                       .table = in->operands[0],
                       .where = config_text(in->options, "where"),
                       .columns = config_text(in->options, "columns"),
                       .count = config_number(in->options, "count"),
                       .format = config_text(in->options, "output")};
    return follow_run(in->command, &f);
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
