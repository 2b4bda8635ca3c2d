/* The subcommands; each is defined at the end of its own file. */
#pragma once

struct command;

extern const struct command command_agent;
