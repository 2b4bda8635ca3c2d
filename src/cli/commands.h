/* The subcommands; each is defined at the end of its own file. */
#pragma once

struct command;

extern const struct command command_agent;
extern const struct command command_query;
extern const struct command command_tail;
extern const struct command command_tables;
extern const struct command command_status;
extern const struct command command_probes;
extern const struct command command_progs;
extern const struct command command_exec;
extern const struct command command_open;
extern const struct command command_tcp;
extern const struct command command_top;
extern const struct command command_runqlat;
extern const struct command command_biolatency;
extern const struct command command_syscount;
extern const struct command command_run;
extern const struct command command_trace;
extern const struct command command_man;
extern const struct command command_completion;
