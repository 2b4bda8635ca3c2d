/* sonde agent: options to a checked configuration, then the daemon. */
#include "agent/agent.h"
#include "cli/command.h"
#include "cli/commands.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int refuse(const struct err *why)
{
    fprintf(stderr, "sonde agent: %s\n", why->text);
    return EXIT_USAGE;
}

/* The file given, or the default one when it is there. */
static int load_file(const struct invocation *in, struct err *why)
{
    const char *path = config_text(in->options, "config");
    if (!config_is_set(in->options, "config") && access(path, F_OK))
        return 0;
    return config_load_file(in->config, path, why);
}

static int run(const struct invocation *in)
{
    struct err why = {0};
    struct agent_config config;
    if (load_file(in, &why) || agent_config_read(in->config, &config, &why))
        return refuse(&why);
    return agent_run(&config);
}

static const struct example examples[] = {
    {"sonde agent", "watch this host until Ctrl-C"},
    {"sonde agent --retention 7d --max-disk 20G", "keep a week, in at most 20 GiB"},
    {"sonde agent --data /tmp/look --duration 10s --collectors process,file", "a short look with two collectors"},
    {"sonde agent --config /etc/sonde.yaml --listen 127.0.0.1:9111", "with a file, and HTTP beside the socket"},
};

const struct command command_agent = {
    .name = "agent",
    .summary = "watch this host: the daemon, in the foreground",
    .operands = "",
    .schema = agent_schema,
    .details = "Every option is also a key of the configuration file, with _ for -. Keys of a collector are written\n"
               "--COLLECTOR.KEY on the command line and below the collector's name in the file. The command line wins.",
    .examples = examples,
    .n_examples = sizeof examples / sizeof examples[0],
    .run = run,
};
