#include "cli/commands.h"

#include "cli/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct command *const commands[] = {
    &command_agent, &command_query,   &command_tail,       &command_tables,   &command_status, &command_probes,
    &command_run,   &command_trace,   &command_top,        &command_progs,    &command_exec,   &command_open,
    &command_tcp,   &command_runqlat, &command_biolatency, &command_syscount, &command_man,    &command_completion,
};
const size_t n_commands = sizeof commands / sizeof commands[0];

const struct command *command_find(const char *name)
{
    for (size_t i = 0; i < n_commands; i++)
        if (!strcmp(commands[i]->name, name))
            return commands[i];
    return NULL;
}

static int usage(const struct command *c, const struct err *why)
{
    fprintf(stderr, "sonde %s: %s\n", c->name, why->text);
    fprintf(stderr, "usage: sonde %s [options]%s%s; see sonde %s --help\n", c->name, *c->operands ? " " : "", c->operands, c->name);
    return EXIT_USAGE;
}

static int parse_and_run(struct invocation *in, int argc, char *const *argv, const char **operands)
{
    struct err why = {0};
    int rc = options_parse(in->command, in->config, argc, argv, operands, &in->n_operands, &why);
    if (rc < 0)
        return usage(in->command, &why);
    if (rc > 0) {
        help_print_command(in->command);
        return EXIT_OK;
    }
    return in->command->run(in);
}

int command_main(const struct command *c, int argc, char *const *argv)
{
    struct command_schema_room room;
    struct err why = {0};
    struct config *config = config_create(command_schema(c, &room), &why);
    const char **operands = calloc((size_t)argc + 1, sizeof *operands);
    int code = EXIT_FAILED;
    if (config && operands) {
        struct invocation in = {c, config, config_section_of(config, ""), operands, 0};
        code = parse_and_run(&in, argc, argv, operands);
    } else {
        fprintf(stderr, "sonde %s: %s\n", c->name, why.code ? why.text : "out of memory");
    }
    free(operands);
    config_destroy(config);
    return code;
}
