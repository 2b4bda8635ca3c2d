/* A classic question whose answer is a line an event: rows of a table as they are seen, or with --since those that are stored. */
#pragma once
#include "cli/command.h"
#include "cli/follow.h"
#include "cli/window.h"

struct stream {
    const char *collectors, *table;
    const char *columns;           /* "time,pid,comm" */
    const char *where;             /* of every row; NULL: all */
    const char *flag, *flag_where; /* an option that narrows it, and how; NULL: none */
};

#define STREAM_OPTIONS                                                                                                                     \
    OPTION_WHERE, OPTION_SINCE, {"count", CONFIG_NUMBER, "0", "N", "end after N rows; 0: never", .letter = 'n'},                           \
        {"all_columns", CONFIG_BOOL, "false", NULL, "every column of the table", .letter = 'a'},                                           \
        {"output", CONFIG_TEXT, "table", "FORMAT", "how to write the rows", .choice = follow_format, .letter = 'o'}, OPTION_SOCKET

int stream_run(const struct invocation *in, const struct stream *s); /* the exit code */
