/* --help, from the table of subcommands. */
#include "base/text.h"
#include "cli/command.h"

#include <stdio.h>
#include <string.h>

enum { HELP_WIDTH = 100, NAME_COLUMN_LIMIT = 28 };

/* Words from column `indent` on, wrapped. */
static void print_wrapped(const char *words, size_t indent)
{
    size_t at = indent;
    while (*words) {
        size_t n = strcspn(words, " ");
        if (at > indent && at + 1 + n > HELP_WIDTH) {
            printf("\n%*s", (int)indent, "");
            at = indent;
        } else if (at > indent) {
            putchar(' ');
            at++;
        }
        printf("%.*s", (int)n, words);
        at += n;
        words += n + (words[n] == ' ');
    }
    putchar('\n');
}

/* "-o, --output FORMAT" */
static size_t option_left(struct text *t, const char *section, const struct config_option *o)
{
    char name[128];
    command_line_name(name, sizeof name, section, o);
    text_clear(t);
    if (o->letter)
        text_addf(t, "  -%c, --%s", o->letter, name);
    else
        text_addf(t, "      --%s", name);
    if (o->placeholder)
        text_addf(t, " %s", o->placeholder);
    return t->length;
}

void option_describe(struct text *t, const struct config_option *o)
{
    const char *choice;
    text_adds(t, o->description);
    for (size_t i = 0; o->choice && (choice = o->choice(i)); i++)
        text_addf(t, "%s%s", i ? ", " : "; one of: ", choice);
    if (o->least || o->most)
        text_addf(t, "; %s%s%s%s%s", o->least ? "at least " : "", o->least ? o->least : "", o->least && o->most ? ", " : "",
                  o->most ? "at most " : "", o->most ? o->most : "");
    if (o->placeholder && o->fallback && *o->fallback)
        text_addf(t, " (default: %s)", o->fallback);
}

static void print_options(const struct config_schema *schema)
{
    struct text left = {0}, right = {0};
    size_t column = strlen("  -h, --help");
    for (size_t i = 0; i < schema->n_sections; i++)
        for (size_t j = 0; j < schema->sections[i].n_options; j++) {
            size_t n = option_left(&left, schema->sections[i].name, &schema->sections[i].options[j]);
            column = n > column && n <= NAME_COLUMN_LIMIT ? n : column;
        }
    for (size_t i = 0; i < schema->n_sections; i++)
        for (size_t j = 0; j < schema->sections[i].n_options; j++) {
            const struct config_option *o = &schema->sections[i].options[j];
            size_t n = option_left(&left, schema->sections[i].name, o);
            text_clear(&right);
            option_describe(&right, o);
            printf("%s%*s", left.bytes, n <= column ? (int)(column + 2 - n) : 2, "");
            print_wrapped(right.bytes, n <= column ? column + 2 : n + 2);
        }
    printf("%-*s  show this\n", (int)column, "  -h, --help");
    text_free(&left);
    text_free(&right);
}

void help_print_command(const struct command *c)
{
    struct command_schema_room room;
    printf("sonde %s - %s\n\nusage: sonde %s [options]%s%s\n", c->name, c->summary, c->name, *c->operands ? " " : "", c->operands);
    if (c->details)
        printf("\n%s\n", c->details);
    puts("\noptions:");
    print_options(command_schema(c, &room));
    if (c->n_examples)
        puts("\nexamples:");
    for (size_t i = 0; i < c->n_examples; i++)
        printf("%s  # %s\n  %s\n", i ? "\n" : "", c->examples[i].says, c->examples[i].command);
}

void help_print(void)
{
    puts("sonde - one command watches a whole Linux host\n\nusage: sonde COMMAND [options]\n\ncommands:");
    for (size_t i = 0; i < n_commands; i++)
        printf("  %-12s%s\n", commands[i]->name, commands[i]->summary);
    puts("\noptions:\n  -h, --help     show this\n  -V, --version  show the version\n\n"
         "sonde COMMAND --help tells more; man sonde has it all.");
}
