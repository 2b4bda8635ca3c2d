#include "base/names.h"
#include "cli/command.h"

#include <stdio.h>
#include <string.h>

static const char *command_at(const void *arg, size_t i)
{
    (void)arg;
    return i < n_commands ? commands[i]->name : NULL;
}

static const char *option_at(const void *arg, size_t i)
{
    static const char *const options[] = {"--help", "--version"};
    (void)arg;
    return i < sizeof options / sizeof options[0] ? options[i] : NULL;
}

static int refuse_word(const char *word)
{
    bool option = *word == '-';
    struct names names = {option ? option_at : command_at, NULL};
    struct text t = {0};
    text_addf(&t, "sonde: unknown %s ", option ? "option" : "command");
    names_add_unknown(&t, names, word);
    text_adds(&t, option ? "; options: " : "; commands: ");
    names_join(&t, names);
    fprintf(stderr, "%s\n", t.bytes ? t.bytes : "sonde: out of memory");
    text_free(&t);
    return EXIT_USAGE;
}

static int help(int argc, char *const *argv)
{
    const struct command *c = argc > 2 ? command_find(argv[2]) : NULL;
    if (argc > 2 && !c)
        return refuse_word(argv[2]);
    if (c)
        help_print_command(c);
    else
        help_print();
    return EXIT_OK;
}

int main(int argc, char **argv)
{
    const char *word = argc > 1 ? argv[1] : "";
    const struct command *c = command_find(word);
    if (c)
        return command_main(c, argc - 2, argv + 2);
    if (!*word || !strcmp(word, "help") || !strcmp(word, "--help") || !strcmp(word, "-h"))
        return help(argc, argv);
    if (!strcmp(word, "--version") || !strcmp(word, "-V")) {
        puts("sonde " SONDE_VERSION);
        return EXIT_OK;
    }
    return refuse_word(word);
}
