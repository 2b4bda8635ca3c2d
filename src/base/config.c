#include "base/config.h"

#include "base/config_value.h"
#include "base/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool same_name(const char *a, const char *b)
{
    for (; *a && *b; a++, b++)
        if ((*a == '-' ? '_' : *a) != (*b == '-' ? '_' : *b))
            return false;
    return *a == *b;
}

int config_option_index(const struct config_section_schema *s, const char *name)
{
    for (size_t i = 0; i < s->n_options; i++)
        if (same_name(s->options[i].name, name))
            return (int)i;
    return -1;
}

static int section_defaults(struct config *c, struct config_section *s, struct err *why)
{
    size_t n = s->schema->n_options;
    s->values = arena_alloc(&c->arena, (n ? n : 1) * sizeof *s->values);
    if (!s->values)
        return err_set(why, ENOMEM, "out of memory");
    for (size_t i = 0; i < n; i++) {
        const struct config_option *o = &s->schema->options[i];
        s->values[i] = (struct config_value){.text = ""};
        if (!o->fallback || !*o->fallback)
            continue;
        int rc = config_value_parse(o, o->fallback, &c->arena, &s->values[i], why);
        if (rc) {
            err_prefix(why, "the default of %s%s%s", s->schema->name, *s->schema->name ? "." : "", o->name);
            return rc;
        }
    }
    return 0;
}

struct config *config_create(const struct config_schema *schema, struct err *why)
{
    struct config *c = calloc(1, sizeof *c);
    if (c)
        c->sections = calloc(schema->n_sections ? schema->n_sections : 1, sizeof *c->sections);
    int rc = c && c->sections ? 0 : err_set(why, ENOMEM, "out of memory");
    if (c)
        c->schema = schema;
    for (size_t i = 0; !rc && i < schema->n_sections; i++) {
        c->sections[i].schema = &schema->sections[i];
        rc = section_defaults(c, &c->sections[i], why);
    }
    if (!rc)
        return c;
    config_destroy(c);
    return NULL;
}

void config_destroy(struct config *c)
{
    if (!c)
        return;
    arena_free(&c->arena);
    free(c->sections);
    free(c);
}

static struct config_section *section_named(const struct config *c, const char *name)
{
    for (size_t i = 0; i < c->schema->n_sections; i++)
        if (!strcmp(c->schema->sections[i].name, name))
            return &c->sections[i];
    return NULL;
}

const struct config_section *config_section_of(const struct config *c, const char *name)
{
    return section_named(c, name);
}

static void prefix_with_option(struct err *why, const char *section, const char *name)
{
    char written[128];
    snprintf(written, sizeof written, "%s%s%s", section, *section ? "." : "", name);
    for (char *p = written; *p; p++)
        if (*p == '_')
            *p = '-';
    err_prefix(why, "--%s", written);
}

int config_set(struct config *c, const char *section, const char *name, const char *value, struct err *why)
{
    struct config_section *s = section_named(c, section);
    int at = s ? config_option_index(s->schema, name) : -1;
    if (at < 0)
        return -ENOENT;
    const struct config_option *o = &s->schema->options[at];
    struct config_value v = {.text = "", .level = LEVEL_COMMAND_LINE, .line = s->values[at].line};
    bool another = o->repeats && s->values[at].level == LEVEL_COMMAND_LINE;
    if (another)
        v = s->values[at];
    int rc = o->repeats ? config_value_add(o, value, &c->arena, &v, why) : config_value_parse(o, value, &c->arena, &v, why);
    if (rc)
        prefix_with_option(why, section, o->name);
    else
        s->values[at] = v;
    return rc;
}

static const struct config_value *value_of(const struct config_section *s, const char *name, unsigned types)
{
    int at = config_option_index(s->schema, name);
    if (at < 0 || !(types & 1u << s->schema->options[at].type)) {
        log_error("configuration section \"%s\" declares no option \"%s\" of the type asked for", s->schema->name, name);
        abort();
    }
    return &s->values[at];
}

bool config_bool(const struct config_section *s, const char *name)
{
    return value_of(s, name, 1u << CONFIG_BOOL)->number;
}

uint64_t config_number(const struct config_section *s, const char *name)
{
    return value_of(s, name, 1u << CONFIG_NUMBER | 1u << CONFIG_DURATION | 1u << CONFIG_BYTES)->number;
}

double config_percent(const struct config_section *s, const char *name)
{
    return (double)value_of(s, name, 1u << CONFIG_PERCENT)->number / 1e6;
}

const char *config_text(const struct config_section *s, const char *name)
{
    return value_of(s, name, 1u << CONFIG_TEXT)->text;
}

size_t config_list(const struct config_section *s, const char *name, const char *const **items)
{
    const struct config_value *v = value_of(s, name, 1u << CONFIG_LIST);
    *items = v->items;
    return v->n_items;
}

bool config_is_set(const struct config_section *s, const char *name)
{
    return value_of(s, name, ~0u)->level != LEVEL_DEFAULT;
}
