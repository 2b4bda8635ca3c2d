/* sonde exec: programs that start, with their arguments. */
#include "agent/options.h"
#include "cli/commands.h"
#include "cli/stream.h"

static const struct stream stream = {
    .collectors = "process",
    .table = "execs",
    .columns = "time,pid,ppid,user,parent_comm,comm,args",
};

static const struct config_option options[] = {STREAM_OPTIONS};

static int run(const struct invocation *in)
{
    return stream_run(in, &stream);
}

static const struct example examples[] = {
    {"sonde exec", "every program that starts, as it starts"},
    {"sonde exec --since 1h -w \"user = 'www-data'\"", "what that user started in the last hour"},
};

const struct command command_exec = {
    .name = "exec",
    .summary = "programs that start",
    .operands = "",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .details = "Rows of the table execs. With no agent running it watches by itself, as root.",
    .examples = examples,
    .n_examples = sizeof examples / sizeof examples[0],
    .run = run,
};
