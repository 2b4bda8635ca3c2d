/* A classic question as data: which table, grouped by what, which figures, and one histogram drawn with bars. Watches from now on, or
 * looks back with --since; uses the running agent, or one of its own. */
#pragma once
#include "agent/options.h"
#include "cli/bars.h"
#include "cli/command.h"
#include "cli/window.h"

enum summary_kind { SUMMARY_TEXT, SUMMARY_COUNT, SUMMARY_DURATION, SUMMARY_BYTES, SUMMARY_REAL };

struct summary_column {
    const char *name, *sql; /* the name in JSON and the expression over rows, or over groups of them */
    const char *heading;
    enum summary_kind kind;
};

enum { SUMMARY_KEYS = 4, SUMMARY_BYS = 6 };

struct summary_by {
    const char *name; /* of --by */
    struct summary_column keys[SUMMARY_KEYS];
};

struct summary {
    const char *collectors; /* "process,scheduler" */
    const char *table;
    struct summary_by by[SUMMARY_BYS]; /* the first is the default; one without keys is all in one */
    const struct summary_column *figures;
    size_t n_figures;
    const char *order;                     /* ORDER BY: "calls DESC" */
    const char *histogram, *histogram_max; /* column and expression of what is drawn when all is in one; NULL: nothing */
    enum bars_unit unit;
    const char *what; /* "waits", after the number of them */
};

/* A quantile of a histogram column over the rows of a group, at most the largest value seen. */
#define SUMMARY_QUANTILE(histogram, share, max_column)                                                                                     \
    "least(histogram_quantile(histogram_sum(" histogram "), " share "), max(" max_column "))::BIGINT"

extern const char summary_details[];
const char *summary_format(size_t i);
int summary_run(const struct invocation *in, const struct summary *s); /* the exit code */

/* The command NAME, made from `summary` and `examples` of the file. */
#define SUMMARY_COMMAND(NAME, by_default, text)                                                                                            \
    static const char *by_choice(size_t i)                                                                                                 \
    {                                                                                                                                      \
        return i < SUMMARY_BYS ? summary.by[i].name : NULL;                                                                                \
    }                                                                                                                                      \
    static const struct config_option options[] = {                                                                                        \
        {"by", CONFIG_TEXT, by_default, "WHAT", "a line for each", .choice = by_choice, .letter = 'b'},                                    \
        {"count", CONFIG_NUMBER, "20", "N", "at most N lines; 0: all", .letter = 'n'},                                                     \
        OPTION_WHERE,                                                                                                                      \
        OPTION_SINCE,                                                                                                                      \
        OPTION_FOR,                                                                                                                        \
        {"interval", CONFIG_DURATION, "", "TIME", "print what was seen each TIME, until Ctrl-C", .least = "1s", .letter = 'i'},            \
        {"output", CONFIG_TEXT, "table", "FORMAT", "how to write it", .choice = summary_format, .letter = 'o'},                            \
        OPTION_SOCKET,                                                                                                                     \
    };                                                                                                                                     \
    static int run(const struct invocation *in)                                                                                            \
    {                                                                                                                                      \
        return summary_run(in, &summary);                                                                                                  \
    }                                                                                                                                      \
    const struct command command_##NAME = {                                                                                                \
        .name = #NAME,                                                                                                                     \
        .summary = text,                                                                                                                   \
        .operands = "",                                                                                                                    \
        .options = options,                                                                                                                \
        .n_options = sizeof options / sizeof options[0],                                                                                   \
        .details = summary_details,                                                                                                        \
        .examples = examples,                                                                                                              \
        .n_examples = sizeof examples / sizeof examples[0],                                                                                \
        .run = run,                                                                                                                        \
    }
