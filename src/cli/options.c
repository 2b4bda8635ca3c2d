/* The option parser: --name value, --name=value, -n value, -nvalue, -- ends options. Booleans take no value unless after "=". */
#include "base/names.h"
#include "cli/command.h"

#include <stdio.h>
#include <string.h>

struct parser {
    const struct config_schema *schema;
    struct config *config;
    int argc, at;
    char *const *argv;
    struct err *why;
};

const struct config_schema *command_schema(const struct command *c, struct command_schema_room *room)
{
    if (c->schema)
        return c->schema();
    room->section = (struct config_section_schema){"", c->options, c->n_options};
    room->schema = (struct config_schema){&room->section, 1};
    return &room->schema;
}

void command_line_name(char *buf, size_t size, const char *section, const struct config_option *o)
{
    snprintf(buf, size, "%.40s%s%.80s", section, *section ? "." : "", o->name);
    for (char *p = buf; *p; p++)
        if (*p == '_')
            *p = '-';
}

void command_each_option(const struct command *c, void (*fn)(const struct option_visit *v, void *arg), void *arg)
{
    struct command_schema_room room;
    const struct config_schema *schema = command_schema(c, &room);
    for (size_t i = 0; i < schema->n_sections; i++)
        for (size_t j = 0; j < schema->sections[i].n_options; j++) {
            const struct config_option *o = &schema->sections[i].options[j];
            char name[128];
            command_line_name(name, sizeof name, schema->sections[i].name, o);
            fn(&(struct option_visit){c, schema->sections[i].name, name, o}, arg);
        }
}

static const char *option_at(const void *section, size_t i)
{
    const struct config_section_schema *s = section;
    return i < s->n_options ? s->options[i].name : i == s->n_options && !*s->name ? "help" : NULL;
}

static const struct config_section_schema *find_section(const struct config_schema *schema, const char *name)
{
    for (size_t i = 0; i < schema->n_sections; i++)
        if (!strcmp(schema->sections[i].name, name))
            return &schema->sections[i];
    return NULL;
}

static int refuse_option(struct parser *p, const char *section, const char *name)
{
    const char *dot = *section ? "." : "";
    const struct config_section_schema *s = find_section(p->schema, section);
    const char *nearest = s ? names_nearest((struct names){option_at, s}, name) : NULL;
    if (!nearest)
        return err_set(p->why, EINVAL, "unknown option --%.100s%s%.100s", section, dot, name);
    struct config_option meant = {.name = nearest};
    char written[128];
    command_line_name(written, sizeof written, section, &meant);
    return err_set(p->why, EINVAL, "unknown option --%.100s%s%.100s (did you mean --%s?)", section, dot, name, written);
}

static bool is_written_as(const struct config_option *o, const char *word)
{
    char written[128];
    command_line_name(written, sizeof written, "", o);
    return !strcmp(written, word);
}

static const struct config_option *find_long(const struct config_schema *schema, const char *section, const char *name)
{
    const struct config_section_schema *s = find_section(schema, section);
    for (size_t i = 0; s && i < s->n_options; i++)
        if (is_written_as(&s->options[i], name))
            return &s->options[i];
    return NULL;
}

static int set(struct parser *p, const char *section, const struct config_option *o, const char *value)
{
    if (!value && o->type == CONFIG_BOOL)
        value = "yes";
    if (!value && p->at == p->argc) {
        char name[128];
        command_line_name(name, sizeof name, section, o);
        return err_set(p->why, EINVAL, "--%s needs a value: --%s %s", name, name, o->placeholder ? o->placeholder : "VALUE");
    }
    return config_set(p->config, section, o->name, value ? value : p->argv[p->at++], p->why);
}

/* "--name", "--name=value", "--section.name". */
static int parse_long(struct parser *p, const char *arg)
{
    char name[128], *key = name;
    const char *section = "", *value = strchr(arg, '=');
    size_t n = value ? (size_t)(value - arg) : strlen(arg);
    if (n >= sizeof name)
        return err_set(p->why, EINVAL, "unknown option --%.60s…", arg);
    memcpy(name, arg, n);
    name[n] = '\0';
    if (!strcmp(name, "help"))
        return 1;
    char *dot = strchr(name, '.');
    if (dot) {
        *dot = '\0';
        section = name;
        key = dot + 1;
    }
    const struct config_option *o = find_long(p->schema, section, key);
    return o ? set(p, section, o, value ? value + 1 : NULL) : refuse_option(p, section, key);
}

static const struct config_option *find_letter(const struct config_schema *schema, char letter)
{
    const struct config_section_schema *s = &schema->sections[0];
    for (size_t i = 0; i < s->n_options; i++)
        if (s->options[i].letter && s->options[i].letter == letter)
            return &s->options[i];
    return NULL;
}

/* "-o", "-ovalue", and flags in one word: "-lv". */
static int parse_short(struct parser *p, const char *arg)
{
    if (*arg == 'h' && !arg[1])
        return 1;
    const struct config_option *o = find_letter(p->schema, *arg);
    if (!o)
        return err_set(p->why, EINVAL, "unknown option -%.60s", arg);
    if (arg[1] && o->type == CONFIG_BOOL) {
        int rc = find_letter(p->schema, arg[1]) ? set(p, "", o, NULL) : err_set(p->why, EINVAL, "unknown option -%.60s", arg);
        return rc ? rc : parse_short(p, arg + 1);
    }
    return set(p, "", o, arg[1] ? arg + 1 : NULL);
}

static int check_operands(const struct command *c, const char *const *operands, size_t n, struct err *why)
{
    if (n < c->least_operands)
        return err_set(why, EINVAL, "%s is missing", c->operands);
    if (n > c->most_operands && !c->most_operands)
        return err_set(why, EINVAL, "unexpected argument \"%.100s\"", operands[0]);
    if (n > c->most_operands)
        return err_set(why, EINVAL, "unexpected argument \"%.100s\" after %s", operands[c->most_operands], c->operands);
    return 0;
}

int options_parse(const struct command *c, struct config *config, int argc, char *const *argv, const char **operands, size_t *n_operands,
                  struct err *why)
{
    struct command_schema_room room;
    struct parser p = {command_schema(c, &room), config, argc, 0, argv, why};
    bool ended = false;
    *n_operands = 0;
    while (p.at < argc) {
        const char *arg = argv[p.at++];
        int rc = 0;
        if (ended || arg[0] != '-' || !arg[1])
            operands[(*n_operands)++] = arg;
        else if (arg[1] != '-')
            rc = parse_short(&p, arg + 1);
        else if (arg[2])
            rc = parse_long(&p, arg + 2);
        else
            ended = true;
        if (rc)
            return rc;
    }
    return check_operands(c, operands, *n_operands, why);
}
