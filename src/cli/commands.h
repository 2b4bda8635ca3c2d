/* The subcommands; each is defined at the end of its own file. */
#pragma once

struct command;

extern const struct command command_agent;
extern const struct command command_query;
extern const struct command command_tail;
extern const struct command command_tables;
extern const struct command command_status;
extern const struct command command_probes;
extern const struct command command_man;
extern const struct command command_completion;
