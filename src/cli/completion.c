/* sonde completion: scripts for bash, zsh and fish, from the tables that everything else reads. */
#include "base/text.h"
#include "cli/command.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "cli/table_names.h"

#include <stdio.h>
#include <string.h>

struct shell {
    const char *name;
    void (*write)(struct text *out);
};

/* What completes the value of an option. */
enum value { VALUE_NONE, VALUE_ANY, VALUE_CHOICE, VALUE_FILE, VALUE_DIRECTORY };

static enum value value_of(const struct config_option *o)
{
    if (o->choice)
        return VALUE_CHOICE;
    if (!o->placeholder)
        return VALUE_NONE;
    if (!strcmp(o->placeholder, "DIR"))
        return VALUE_DIRECTORY;
    return !strcmp(o->placeholder, "FILE") || !strcmp(o->placeholder, "PATH") ? VALUE_FILE : VALUE_ANY;
}

static void add_choices(struct text *out, const struct config_option *o)
{
    const char *choice;
    for (size_t i = 0; (choice = o->choice(i)); i++)
        text_addf(out, "%s%s", i ? " " : "", choice);
}

/* The words that an operand may be; none for free text. */
static void add_operands(struct text *out, enum operand operand)
{
    const char *name;
    if (operand == OPERAND_SHELL)
        text_adds(out, "bash zsh fish");
    for (size_t i = 0; operand == OPERAND_TABLE && (name = table_name_at(NULL, i)); i++)
        text_addf(out, "%s%s", i ? " " : "", name);
    for (size_t i = 0; operand == OPERAND_COMMAND && i < n_commands; i++)
        text_addf(out, "%s%s", i ? " " : "", commands[i]->name);
}

static void add_quoted(struct text *out, const char *s)
{
    text_add_shell(out, s, strlen(s));
}

/* bash */

static void bash_option_word(const struct option_visit *v, void *out)
{
    text_addf(out, "--%s ", v->name);
}

static void bash_option_value(const struct option_visit *v, void *arg)
{
    struct text *out = arg;
    enum value value = value_of(v->option);
    if (value == VALUE_NONE)
        return;
    text_addf(out, "    %s,--%s", v->command->name, v->name);
    if (v->option->letter)
        text_addf(out, " | %s,-%c", v->command->name, v->option->letter);
    text_adds(out, ")\n        mapfile -t COMPREPLY < <(compgen ");
    if (value == VALUE_CHOICE) {
        text_adds(out, "-W '");
        add_choices(out, v->option);
        text_addc(out, '\'');
    } else {
        text_adds(out, value == VALUE_FILE ? "-f" : value == VALUE_DIRECTORY ? "-d" : "-W ''");
    }
    text_adds(out, " -- \"$cur\")\n        return\n        ;;\n");
}

static void bash_words(struct text *out, const struct command *c)
{
    text_addf(out, "    %s)\n        options='", c->name);
    command_each_option(c, bash_option_word, out);
    text_adds(out, "--help'\n        operands='");
    add_operands(out, c->operand);
    text_adds(out, "'\n        ;;\n");
}

static void write_bash(struct text *out)
{
    text_adds(out, "# bash completion of sonde; written by: sonde completion bash\n"
                   "_sonde() {\n"
                   "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} options='' operands=''\n"
                   "    [ \"$cur\" != = ] || cur=''\n"
                   "    [ \"$prev\" != = ] || prev=${COMP_WORDS[COMP_CWORD - 2]}\n"
                   "    COMPREPLY=()\n"
                   "    case ${COMP_WORDS[1]},$prev in\n");
    for (size_t i = 0; i < n_commands; i++)
        command_each_option(commands[i], bash_option_value, out);
    text_adds(out, "    esac\n    if [ \"$COMP_CWORD\" = 1 ]; then\n        options='--help --version'\n        operands='");
    add_operands(out, OPERAND_COMMAND);
    text_adds(out, " help'\n    else\n        case ${COMP_WORDS[1]} in\n");
    for (size_t i = 0; i < n_commands; i++)
        bash_words(out, commands[i]);
    text_adds(out, "        esac\n    fi\n"
                   "    case $cur in\n"
                   "    -*) mapfile -t COMPREPLY < <(compgen -W \"$options\" -- \"$cur\") ;;\n"
                   "    *) mapfile -t COMPREPLY < <(compgen -W \"$operands\" -- \"$cur\") ;;\n"
                   "    esac\n}\ncomplete -F _sonde sonde\n");
}

/* zsh */

/* The inside of '[…]' and of what stands between colons. */
static void zsh_add_words(struct text *out, const char *s)
{
    for (; *s; s++) {
        if (strchr("[]:\\", *s))
            text_addc(out, '\\');
        text_adds(out, *s == '\'' ? "'\\''" : "");
        if (*s != '\'')
            text_addc(out, *s);
    }
}

static void zsh_option(const struct option_visit *v, void *arg)
{
    struct text *out = arg;
    const struct config_option *o = v->option;
    enum value value = value_of(o);
    text_adds(out, " \\\n            ");
    if (o->letter)
        text_addf(out, "'(-%c --%s)'{-%c%s,--%s%s}'[", o->letter, v->name, o->letter, value ? "+" : "", v->name, value ? "=" : "");
    else
        text_addf(out, "'--%s%s[", v->name, value ? "=" : "");
    zsh_add_words(out, o->description);
    text_addc(out, ']');
    if (value)
        text_adds(out, ":");
    zsh_add_words(out, value ? o->placeholder : "");
    switch (value) {
    case VALUE_NONE: break;
    case VALUE_ANY: text_adds(out, ": "); break;
    case VALUE_FILE: text_adds(out, ":_files"); break;
    case VALUE_DIRECTORY: text_adds(out, ":_files -/"); break;
    case VALUE_CHOICE:
        text_adds(out, ":(");
        add_choices(out, o);
        text_addc(out, ')');
        break;
    }
    text_addc(out, '\'');
}

static void zsh_command(struct text *out, const struct command *c)
{
    struct text words = {0};
    add_operands(&words, c->operand);
    text_addf(out, "    %s)\n        _arguments '(-h --help)'{-h,--help}'[show help]'", c->name);
    command_each_option(c, zsh_option, out);
    if (words.length)
        text_addf(out, " \\\n            ':operand:(%s)'", words.bytes);
    text_adds(out, "\n        ;;\n");
    text_free(&words);
}

static void write_zsh(struct text *out)
{
    text_adds(
        out,
        "#compdef sonde\n# zsh completion of sonde; written by: sonde completion zsh\n_sonde() {\n    local -a commands\n    commands=(\n");
    for (size_t i = 0; i < n_commands; i++) {
        text_addf(out, "        '%s:", commands[i]->name);
        zsh_add_words(out, commands[i]->summary);
        text_adds(out, "'\n");
    }
    text_adds(out, "    )\n    if (( CURRENT == 2 )); then\n        _describe command commands\n        return\n    fi\n"
                   "    local command=$words[2]\n    shift words\n    (( CURRENT-- ))\n    case $command in\n");
    for (size_t i = 0; i < n_commands; i++)
        zsh_command(out, commands[i]);
    text_adds(out, "    esac\n}\nif [ \"$funcstack[1]\" = _sonde ]; then\n    _sonde \"$@\"\nelse\n    compdef _sonde sonde\nfi\n");
}

/* fish */

static void fish_option(const struct option_visit *v, void *arg)
{
    struct text *out = arg;
    enum value value = value_of(v->option);
    text_addf(out, "complete -c sonde -n '__fish_seen_subcommand_from %s' -l %s", v->command->name, v->name);
    if (v->option->letter)
        text_addf(out, " -s %c", v->option->letter);
    switch (value) {
    case VALUE_NONE: break;
    case VALUE_ANY: text_adds(out, " -x"); break;
    case VALUE_FILE: text_adds(out, " -r -F"); break;
    case VALUE_DIRECTORY: text_adds(out, " -x -a '(__fish_complete_directories)'"); break;
    case VALUE_CHOICE:
        text_adds(out, " -x -a '");
        add_choices(out, v->option);
        text_addc(out, '\'');
        break;
    }
    text_adds(out, " -d ");
    add_quoted(out, v->option->description);
    text_addc(out, '\n');
}

static void fish_command(struct text *out, const struct command *c)
{
    struct text words = {0};
    text_addf(out, "complete -c sonde -n __fish_use_subcommand -a %s -d ", c->name);
    add_quoted(out, c->summary);
    text_addc(out, '\n');
    command_each_option(c, fish_option, out);
    add_operands(&words, c->operand);
    if (words.length)
        text_addf(out, "complete -c sonde -n '__fish_seen_subcommand_from %s' -a '%s'\n", c->name, words.bytes);
    text_free(&words);
}

static void write_fish(struct text *out)
{
    text_adds(out, "# fish completion of sonde; written by: sonde completion fish\ncomplete -c sonde -f\n"
                   "complete -c sonde -s h -l help -d 'show help'\n"
                   "complete -c sonde -n __fish_use_subcommand -s V -l version -d 'show the version'\n");
    for (size_t i = 0; i < n_commands; i++)
        fish_command(out, commands[i]);
}

static const struct shell shells[] = {{"bash", write_bash}, {"zsh", write_zsh}, {"fish", write_fish}};

static int run(const struct invocation *in)
{
    struct text out = {0};
    for (size_t i = 0; i < sizeof shells / sizeof shells[0]; i++)
        if (!strcmp(shells[i].name, in->operands[0])) {
            shells[i].write(&out);
            return output_text(&out);
        }
    fprintf(stderr, "sonde completion: unknown shell \"%.60s\"; shells: bash, zsh, fish\n", in->operands[0]);
    return EXIT_USAGE;
}

static const struct example examples[] = {
    {". <(sonde completion bash)", "in this bash"},
    {"sonde completion fish > ~/.config/fish/completions/sonde.fish", "for good, in fish"},
};

const struct command command_completion = {
    .name = "completion",
    .summary = "print a completion script",
    .operands = "bash|zsh|fish",
    .operand = OPERAND_SHELL,
    .least_operands = 1,
    .most_operands = 1,
    .examples = examples,
    .n_examples = sizeof examples / sizeof examples[0],
    .run = run,
};
