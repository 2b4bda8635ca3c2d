/* sonde open: files that are opened or created, and attempts that fail. */
#include "agent/options.h"
#include "cli/commands.h"
#include "cli/stream.h"

static const struct stream stream = {
    .collectors = "process,file",
    .table = "file_ops",
    .columns = "time,pid,comm,op,flags,error,latency_ns,path",
    .where = "op IN ('open', 'create')",
    .flag = "failed",
    .flag_where = "error IS NOT NULL",
};

static const struct config_option options[] = {STREAM_OPTIONS,
                                               {"failed", CONFIG_BOOL, "false", NULL, "only those that failed", .letter = 'f'}};

static int run(const struct invocation *in)
{
    return stream_run(in, &stream);
}

static const struct example examples[] = {
    {"sonde open -f", "attempts that fail, as they happen"},
    {"sonde open -w \"path LIKE '/etc/%'\" --since 10m", "who opened what below /etc in the last ten minutes"},
};

const struct command command_open = {
    .name = "open",
    .summary = "files that are opened",
    .operands = "",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .details = "Rows of the table file_ops. With no agent running it watches by itself, as root.",
    .examples = examples,
    .n_examples = sizeof examples / sizeof examples[0],
    .run = run,
};
