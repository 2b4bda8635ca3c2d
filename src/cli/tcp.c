/* sonde tcp: TCP connections as they end: who talked to whom, how much, how long, why it ended. */
#include "agent/options.h"
#include "cli/commands.h"
#include "cli/stream.h"

static const struct stream stream = {
    .collectors = "process,connections",
    .table = "connections",
    .columns = "time,pid,comm,direction,local_address,local_port,remote_address,remote_port,total_sent_bytes,total_received_bytes,"
               "duration_ns,connect_latency_ns,rtt_ns,end_reason",
    .where = "protocol = 'tcp' AND end_reason IS NOT NULL",
    .flag = "failed",
    .flag_where = "end_reason NOT IN ('closed_by_us', 'closed_by_peer')",
};

static const struct config_option options[] = {
    STREAM_OPTIONS, {"failed", CONFIG_BOOL, "false", NULL, "only those that did not end by being closed", .letter = 'f'}};

static int run(const struct invocation *in)
{
    return stream_run(in, &stream);
}

static const struct example examples[] = {
    {"sonde tcp", "each TCP connection when it ends"},
    {"sonde tcp -f --since 1h", "those of the last hour that were refused, reset, or timed out"},
    {"sonde tcp -w 'remote_port = 5432'", "connections to PostgreSQL"},
};

const struct command command_tcp = {
    .name = "tcp",
    .summary = "TCP connections, a line when each ends",
    .operands = "",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .details = "Last rows of the table connections. With no agent running it watches by itself, as root.",
    .examples = examples,
    .n_examples = sizeof examples / sizeof examples[0],
    .run = run,
};
