/* A subcommand is data: --help, the manual, completion and the option parser read it. */
#pragma once
#include "base/config.h"
#include "base/err.h"

#include <stddef.h>

/* Exit codes of every subcommand. */
enum { EXIT_OK = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

/* What follows the options, for completion. */
enum operand { OPERAND_NONE, OPERAND_SQL, OPERAND_TABLE, OPERAND_COMMAND, OPERAND_SHELL, OPERAND_FILE };

struct invocation {
    const struct command *command;
    struct config *config; /* options given and defaults, all sections of the command's schema */
    const struct config_section *options;
    const char *const *operands;
    size_t n_operands;
};

struct example {
    const char *command; /* a shell line */
    const char *says;    /* what it does */
};

struct command {
    const char *name;
    const char *summary;  /* one line */
    const char *operands; /* "TABLE", "[TABLE]", "" */
    enum operand operand;
    size_t least_operands, most_operands;
    const struct config_option *options; /* unless there is a schema */
    size_t n_options;
    const struct config_schema *(*schema)(void); /* options in the unnamed first section; NULL: the options above, alone */
    const char *details;                         /* paragraphs for the manual and --help; may be NULL */
    const struct example *examples;
    size_t n_examples;
    int (*run)(const struct invocation *in); /* returns the exit code */
};

/* In the order of --help. */
extern const struct command *const commands[];
extern const size_t n_commands;
const struct command *command_find(const char *name); /* NULL when unknown */

/* The option of every command that asks the agent. */
#define OPTION_SOCKET                                                                                                                      \
    {                                                                                                                                      \
        "socket", CONFIG_TEXT, AGENT_DEFAULT_SOCKET, "PATH", "the agent's socket; SONDE_SOCKET in the environment does the same",          \
            .letter = 's', .command_line_only = true                                                                                       \
    }

/* Reads argv (after the command's name) into `config` and `operands` (room for argc). 0; 1: --help was asked for; or -errno with
 * words for a wrong use. */
int options_parse(const struct command *c, struct config *config, int argc, char *const *argv, const char **operands, size_t *n_operands,
                  struct err *why);
/* The command's schema; `room` holds it when the command has only options. */
struct command_schema_room {
    struct config_schema schema;
    struct config_section_schema section;
};
const struct config_schema *command_schema(const struct command *c, struct command_schema_room *room);
/* "section.some-name" of an option into buf: as the command line writes it, without --. */
void command_line_name(char *buf, size_t size, const char *section, const struct config_option *o);
/* Calls fn for each option, in the order of --help. `name` is as the command line writes it and valid during the call. */
struct option_visit {
    const struct command *command;
    const char *section; /* "" for the command's own */
    const char *name;
    const struct config_option *option;
};
void command_each_option(const struct command *c, void (*fn)(const struct option_visit *v, void *arg), void *arg);
/* Parses, runs, and turns mistakes into sentences. Returns the exit code. */
int command_main(const struct command *c, int argc, char *const *argv);

/* "what it is; one of: a, b (default: a)" */
struct text;
void option_describe(struct text *t, const struct config_option *o);
/* A boolean that is on unless =no turns it off. */
bool option_is_on(const struct config_option *o);

/* Writes on stdout. */
void help_print(void);
void help_print_command(const struct command *c);
