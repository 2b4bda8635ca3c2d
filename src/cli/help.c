/* --help, from the table of subcommands. */
#include "base/text.h"
#include "cli/command.h"

#include <stdio.h>
#include <string.h>

enum { HELP_WIDTH = 100, NAME_COLUMN_LIMIT = 36 };

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

bool option_is_on(const struct config_option *o)
{
    const char *d = o->type == CONFIG_BOOL && o->fallback ? o->fallback : "";
    return !strcmp(d, "yes") || !strcmp(d, "true") || !strcmp(d, "on");
}

/* "-o, --output FORMAT" */
static size_t option_left(struct text *t, const struct option_visit *v)
{
    text_clear(t);
    if (v->option->letter)
        text_addf(t, "  -%c, --%s", v->option->letter, v->name);
    else
        text_addf(t, "      --%s", v->name);
    if (v->option->placeholder)
        text_addf(t, " %s", v->option->placeholder);
    if (option_is_on(v->option))
        text_adds(t, "=no");
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
    if (option_is_on(o))
        text_adds(t, " (default: yes)");
}

struct option_printer {
    struct text left, right;
    const char *section; /* the one that is printed */
    size_t column;       /* where its widest name ends */
};

static void measure_option(const struct option_visit *v, void *arg)
{
    struct option_printer *p = arg;
    size_t n = strcmp(v->section, p->section) ? 0 : option_left(&p->left, v);
    p->column = n > p->column && n <= NAME_COLUMN_LIMIT ? n : p->column;
}

static void print_option(const struct option_visit *v, void *arg)
{
    struct option_printer *p = arg;
    if (strcmp(v->section, p->section))
        return;
    size_t n = option_left(&p->left, v), column = n <= p->column ? p->column + 2 : n + 2;
    text_clear(&p->right);
    option_describe(&p->right, v->option);
    printf("%s%*s", p->left.bytes, (int)(column - n), "");
    print_wrapped(p->right.bytes, column);
}

static void print_section(const struct command *c, const char *section)
{
    struct option_printer p = {.section = section, .column = strlen("  -h, --help")};
    printf("\noptions%s%s:\n", *section ? " of the collector " : "", section);
    command_each_option(c, measure_option, &p);
    command_each_option(c, print_option, &p);
    if (!*section)
        printf("%-*s  show this\n", (int)p.column, "  -h, --help");
    text_free(&p.left);
    text_free(&p.right);
}

static void print_options(const struct command *c)
{
    struct command_schema_room room;
    const struct config_schema *schema = command_schema(c, &room);
    for (size_t i = 0; i < schema->n_sections; i++)
        print_section(c, schema->sections[i].name);
}

void help_print_command(const struct command *c)
{
    printf("sonde %s - %s\n\nusage: sonde %s [options]%s%s\n", c->name, c->summary, c->name, *c->operands ? " " : "", c->operands);
    if (c->details)
        printf("\n%s\n", c->details);
    print_options(c);
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
