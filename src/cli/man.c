/* sonde man: the manual, from the tables that everything else reads. */
#include "agent/options.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "collectors/collector.h"

#include <string.h>

/* Text with nothing in it that roff could take for a request or an escape. */
static void add_roff(struct text *out, const char *s)
{
    for (bool line_start = true; *s; s++) {
        if (line_start && (*s == '.' || *s == '\''))
            text_adds(out, "\\&");
        if (*s == '\\')
            text_adds(out, "\\e");
        else if (*s == '-')
            text_adds(out, "\\-");
        else if (*s == '\'')
            text_adds(out, "\\(aq");
        else if (*s == '`')
            text_adds(out, "\\(ga");
        else if (*s == '^')
            text_adds(out, "\\(ha");
        else if (*s == '~')
            text_adds(out, "\\(ti");
        else if (*s == '"')
            text_adds(out, "\\(dq");
        else if (!strncmp(s, "…", strlen("…"))) {
            text_adds(out, "...");
            s += strlen("…") - 1;
        } else
            text_addc(out, *s);
        line_start = *s == '\n';
    }
}

static void add_line(struct text *out, const char *request, const char *words)
{
    text_adds(out, request);
    add_roff(out, words);
    text_addc(out, '\n');
}

static void add_option(const struct option_visit *v, void *arg)
{
    struct text *out = arg, words = {0};
    text_adds(out, ".TP\n\\fB");
    if (v->option->letter)
        text_addf(out, "\\-%c\\fR, \\fB", v->option->letter);
    text_adds(out, "\\-\\-");
    add_roff(out, v->name);
    text_adds(out, "\\fR");
    if (v->option->placeholder)
        text_addf(out, " \\fI%s\\fR", v->option->placeholder);
    if (option_is_on(v->option))
        text_adds(out, "\\fB=no\\fR");
    option_describe(&words, v->option);
    text_addc(out, '\n');
    add_line(out, "", words.bytes);
    text_free(&words);
}

static void add_examples(struct text *out, const struct command *c)
{
    for (size_t i = 0; i < c->n_examples; i++) {
        add_line(out, ".PP\n", c->examples[i].says);
        add_line(out, ".PP\n.RS 4\n.nf\n", c->examples[i].command);
        text_adds(out, ".fi\n.RE\n");
    }
}

static void add_command(struct text *out, const struct command *c)
{
    text_addf(out, ".SS sonde %s", c->name);
    text_adds(out, *c->operands ? " [options] " : " [options]");
    add_line(out, "", c->operands);
    add_line(out, "", c->summary);
    if (c->details)
        add_line(out, ".PP\n", c->details);
    command_each_option(c, add_option, out);
    add_examples(out, c);
}

static const char *type_words(enum config_type type)
{
    switch (type) {
    case CONFIG_BOOL: return "yes or no";
    case CONFIG_NUMBER: return "a number";
    case CONFIG_DURATION: return "a duration, like 24h, 1h30m or 200ms";
    case CONFIG_BYTES: return "a size, like 512M or 2G (powers of 1024)";
    case CONFIG_TEXT: return "text";
    case CONFIG_LIST: return "a list: a YAML sequence, or words with commas between them";
    case CONFIG_PERCENT: return "a percentage, like 0.5";
    }
    return "";
}

static void add_key(struct text *out, const struct config_option *o)
{
    struct text words = {0};
    if (o->command_line_only)
        return;
    add_line(out, ".TP\n.B ", o->name);
    option_describe(&words, o);
    text_addf(&words, ". Written as %s.", type_words(o->type));
    if (o->type == CONFIG_BOOL && !option_is_on(o))
        text_adds(&words, " Default: no.");
    add_line(out, "", words.bytes);
    text_free(&words);
}

static void add_configuration(struct text *out)
{
    const struct config_schema *schema = agent_schema();
    text_adds(
        out, ".SH CONFIGURATION\nThe configuration file is YAML: the keys below at top level, and those of a collector below its name. An\n"
             "unknown key or a bad value ends the start with a sentence that names the line and what is valid.\n"
             ".PP\n.RS 4\n.nf\nretention: 7d\nmax_disk: 20G\ncollectors: [process, file]\n.fi\n.RE\n");
    for (size_t i = 0; i < schema->n_sections; i++) {
        if (*schema->sections[i].name)
            text_addf(out, ".SS Keys below %s:\n", schema->sections[i].name);
        for (size_t j = 0; j < schema->sections[i].n_options; j++)
            add_key(out, &schema->sections[i].options[j]);
    }
}

static void add_table(const struct table *t, const struct collector *owner, void *arg)
{
    (void)owner;
    add_line(arg, ".TP\n.B ", t->name);
    add_line(arg, "", t->description);
}

static const char head[] =
    ".TH SONDE 1 \"\" \"sonde " SONDE_VERSION "\" \"Sonde\"\n"
    ".SH NAME\nsonde \\- one command watches a whole Linux host\n"
    ".SH SYNOPSIS\n.B sonde\n.I command\n[options] [operands]\n"
    ".SH DESCRIPTION\n"
    "The agent attaches small programs to the kernel (eBPF) and makes rows of what processes, files and connections\n"
    "do on this host. The rows go into an embedded column store that answers SQL, and into a live stream. The other\n"
    "commands ask the agent over a unix socket.\n";

static const char tail[] =
    ".SH EXIT STATUS\n.TP\n0\nfine\n.TP\n1\nfailed; a sentence on standard error says why\n.TP\n2\nwrong use: an unknown option, a bad "
    "value\n"
    ".TP\n130\na command that asks the agent was ended by SIGINT (Ctrl\\-C), \\fBtail\\fR too\n"
    ".TP\n143\nthe same, by SIGTERM\n.PP\n\\fBsonde agent\\fR ends with 0 after either.\n"
    ".SH ENVIRONMENT\n.TP\n.B SONDE_SOCKET\nthe agent\\(aqs socket, for the commands that ask it; \\fB\\-\\-socket\\fR wins\n"
    ".TP\n.B NO_COLOR\nset and not empty: no colours\n.TP\n.B SONDE_DEBUG\nset: the agent says more on standard error\n"
    ".SH FILES\n.TP\n.I " AGENT_CONFIG_FILE "\nthe configuration that is read unless \\fB\\-\\-config\\fR names another; may be missing\n"
    ".TP\n.I /var/lib/sonde\nthe store\n.TP\n.I " AGENT_DEFAULT_SOCKET "\nthe agent\\(aqs socket\n"
    ".SH SEE ALSO\n.BR bpf (2),\n.BR capabilities (7)\n";

static int run(const struct invocation *in)
{
    struct text out = {0};
    (void)in;
    text_adds(&out, head);
    text_adds(&out, ".SH COMMANDS\n");
    for (size_t i = 0; i < n_commands; i++)
        add_command(&out, commands[i]);
    add_configuration(&out);
    text_adds(&out, ".SH TABLES\n");
    collector_each_table(add_table, &out);
    text_adds(&out, tail);
    return output_text(&out);
}

static const struct example examples[] = {{"sonde man | man -l -", "read it here, without installing"}};

const struct command command_man = {
    .name = "man",
    .summary = "print the manual page (roff)",
    .operands = "",
    .examples = examples,
    .n_examples = 1,
    .run = run,
};
