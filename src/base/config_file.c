/* YAML to values, event by event: nothing of the file is kept but the values, and whatever is not a declared key ends the reading
 * where it stands, so nesting and aliases cost nothing. */
#include "base/config_value.h"
#include "base/names.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <yaml.h>

struct reader {
    yaml_parser_t parser;
    yaml_event_t event;
    struct config *config;
    const char *name; /* of the file */
    struct err *why;
};

static size_t line_of(const struct reader *r)
{
    return r->event.start_mark.line + 1;
}

__attribute__((format(printf, 2, 3))) static int refuse(struct reader *r, const char *format, ...)
{
    char sentence[sizeof((struct err *)0)->text];
    va_list ap;
    va_start(ap, format);
    vsnprintf(sentence, sizeof sentence, format, ap);
    va_end(ap);
    return err_set(r->why, EINVAL, "%s:%zu: %s", r->name, line_of(r), sentence);
}

/* Where the file stops being YAML. */
static int refuse_syntax(struct reader *r)
{
    const yaml_parser_t *p = &r->parser;
    if (p->error == YAML_MEMORY_ERROR)
        return err_set(r->why, ENOMEM, "%s: out of memory", r->name);
    return err_set(r->why, EINVAL, "%s:%zu: not YAML: %s%s%s", r->name, p->problem_mark.line + 1, p->problem ? p->problem : "unreadable",
                   p->context ? " " : "", p->context ? p->context : "");
}

static bool has_anchor_or_tag(const yaml_event_t *e)
{
    switch (e->type) {
    case YAML_SCALAR_EVENT: return e->data.scalar.anchor || e->data.scalar.tag;
    case YAML_SEQUENCE_START_EVENT: return e->data.sequence_start.anchor || e->data.sequence_start.tag;
    case YAML_MAPPING_START_EVENT: return e->data.mapping_start.anchor || e->data.mapping_start.tag;
    default: return false;
    }
}

/* Steps to the next event, which replaces the last one. */
static int next_event(struct reader *r)
{
    yaml_event_delete(&r->event);
    if (!yaml_parser_parse(&r->parser, &r->event))
        return refuse_syntax(r);
    if (r->event.type == YAML_ALIAS_EVENT || has_anchor_or_tag(&r->event))
        return refuse(r, "anchors, aliases and tags are not supported; write the value out");
    return 0;
}

static const char *scalar(const struct reader *r)
{
    return (const char *)r->event.data.scalar.value;
}

/* A scalar that C strings can hold. */
static int check_scalar(struct reader *r)
{
    if (strlen(scalar(r)) != r->event.data.scalar.length)
        return refuse(r, "a NUL character");
    return 0;
}

static bool is_null(const struct reader *r)
{
    return r->event.type == YAML_SCALAR_EVENT && r->event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
           (!*scalar(r) || !strcmp(scalar(r), "~") || !strcmp(scalar(r), "null"));
}

/* The names that are valid as keys: those of the section's options; at top level also those of the other sections. */
struct keys {
    const struct config_schema *schema;
    const struct config_section_schema *section;
};

static const char *key_at(const void *arg, size_t i)
{
    const struct keys *k = arg;
    for (size_t j = 0; j < k->section->n_options; j++)
        if (!k->section->options[j].command_line_only && !i--)
            return k->section->options[j].name;
    if (*k->section->name)
        return NULL;
    for (size_t j = 0; j < k->schema->n_sections; j++)
        if (*k->schema->sections[j].name && !i--)
            return k->schema->sections[j].name;
    return NULL;
}

static int refuse_key(struct reader *r, const struct config_section *s, const char *key)
{
    struct keys keys = {r->config->schema, s->schema};
    struct names names = {key_at, &keys};
    struct text t = {0};
    text_adds(&t, "unknown key ");
    names_add_unknown(&t, names, key);
    if (*s->schema->name)
        text_addf(&t, " under %s", s->schema->name);
    text_adds(&t, "; valid keys: ");
    names_join(&t, names);
    int rc = refuse(r, "%s", t.bytes ? t.bytes : "");
    text_free(&t);
    return rc;
}

static int name_option(struct reader *r, const struct config_section *s, const struct config_option *o, size_t line, int rc)
{
    const char *section = s->schema->name;
    err_prefix(r->why, "%s:%zu: %s%s%s", r->name, line, section, *section ? "." : "", o->name);
    return rc;
}

/* The items of a sequence, up to its end. */
static int read_sequence(struct reader *r, const struct config_section *s, const struct config_option *o, struct config_value *v)
{
    for (;;) {
        int rc = next_event(r);
        if (rc || r->event.type == YAML_SEQUENCE_END_EVENT)
            return rc;
        if (r->event.type != YAML_SCALAR_EVENT)
            return refuse(r, "%s: an item of the list must be one word or number, not a list or mapping", o->name);
        if ((rc = check_scalar(r)))
            return rc;
        rc = config_value_add(o, scalar(r), &r->config->arena, v, r->why);
        if (rc)
            return name_option(r, s, o, line_of(r), rc);
    }
}

static int read_scalar(struct reader *r, const struct config_section *s, const struct config_option *o, struct config_value *v)
{
    int rc = check_scalar(r);
    if (rc)
        return rc;
    if (is_null(r))
        return refuse(r, "%s has no value; write one, or leave the key out", o->name);
    rc = config_value_parse(o, scalar(r), &r->config->arena, v, r->why);
    return rc ? name_option(r, s, o, line_of(r), rc) : 0;
}

static int read_value(struct reader *r, struct config_section *s, const struct config_option *o, size_t line)
{
    struct config_value *old = &s->values[o - s->schema->options];
    if (old->line)
        return refuse(r, "%s was already set on line %zu", o->name, old->line);
    struct config_value v = {.text = "", .level = LEVEL_FILE, .line = line};
    int rc = next_event(r);
    if (rc)
        return rc;
    if (r->event.type == YAML_SEQUENCE_START_EVENT && o->type == CONFIG_LIST) {
        rc = read_sequence(r, s, o, &v);
        if (!rc && !v.n_items)
            rc = refuse(r, "%s is an empty list; name something, or leave the key out", o->name);
    } else if (r->event.type == YAML_SCALAR_EVENT) {
        rc = read_scalar(r, s, o, &v);
    } else {
        rc = refuse(r, "%s takes one value%s, not a %s", o->name, o->type == CONFIG_LIST ? " or a list" : "",
                    r->event.type == YAML_MAPPING_START_EVENT ? "mapping" : "list");
    }
    if (rc)
        return rc;
    if (old->level <= LEVEL_FILE)
        *old = v;
    old->line = line;
    return 0;
}

static int read_section(struct reader *r, struct config_section *s, size_t line);

static struct config_section *named_section(struct config *c, const char *name)
{
    for (size_t i = 0; i < c->schema->n_sections; i++)
        if (*name && !strcmp(c->schema->sections[i].name, name))
            return &c->sections[i];
    return NULL;
}

/* The key that is the present event, and its value. */
static int read_pair(struct reader *r, struct config_section *s)
{
    if (r->event.type != YAML_SCALAR_EVENT)
        return refuse(r, "a key must be one word, not a list or mapping");
    int rc = check_scalar(r);
    if (rc)
        return rc;
    const char *key = scalar(r);
    size_t line = line_of(r);
    int at = config_option_index(s->schema, key);
    const struct config_option *o = at < 0 ? NULL : &s->schema->options[at];
    if (o && !o->command_line_only && !strcmp(o->name, key))
        return read_value(r, s, o, line);
    struct config_section *below = *s->schema->name ? NULL : named_section(r->config, key);
    return below ? read_section(r, below, line) : refuse_key(r, s, key);
}

/* Pairs up to the end of the mapping. */
static int read_pairs(struct reader *r, struct config_section *s)
{
    for (;;) {
        int rc = next_event(r);
        if (rc || r->event.type == YAML_MAPPING_END_EVENT)
            return rc;
        if ((rc = read_pair(r, s)))
            return rc;
    }
}

static int read_section(struct reader *r, struct config_section *s, size_t line)
{
    if (s->line)
        return refuse(r, "%s was already set on line %zu", s->schema->name, s->line);
    s->line = line;
    int rc = next_event(r);
    if (rc || is_null(r))
        return rc; /* "file:" with nothing below is fine */
    if (r->event.type != YAML_MAPPING_START_EVENT)
        return refuse(r, "%s takes keys below it, indented, not a value", s->schema->name);
    return read_pairs(r, s);
}

static int read_top(struct reader *r)
{
    struct config_section *top = NULL;
    for (size_t i = 0; i < r->config->schema->n_sections; i++)
        if (!*r->config->schema->sections[i].name)
            top = &r->config->sections[i];
    if (is_null(r))
        return 0;
    if (r->event.type != YAML_MAPPING_START_EVENT || !top)
        return refuse(r, "the file must hold keys with values, like \"retention: 24h\"");
    return read_pairs(r, top);
}

/* stream start, then nothing or one document. */
static int read_stream(struct reader *r)
{
    int rc = next_event(r);
    if (!rc)
        rc = next_event(r);
    if (rc || r->event.type == YAML_STREAM_END_EVENT)
        return rc;
    if (r->event.data.document_start.tag_directives.start != r->event.data.document_start.tag_directives.end)
        return refuse(r, "anchors, aliases and tags are not supported; write the value out");
    if ((rc = next_event(r)) || (rc = read_top(r)))
        return rc;
    do
        rc = next_event(r);
    while (!rc && r->event.type == YAML_DOCUMENT_END_EVENT);
    if (!rc && r->event.type != YAML_STREAM_END_EVENT)
        rc = refuse(r, "a second document begins here; one file holds one");
    return rc;
}

static int check_utf8(const char *name, const char *bytes, size_t size, struct err *why)
{
    size_t line = 1;
    for (size_t i = 0, k; i < size; i += k) {
        k = text_utf8_length(bytes + i, size - i);
        if (!k)
            return err_set(why, EILSEQ, "%s:%zu: the byte 0x%02x is not UTF-8", name, line, (unsigned char)bytes[i]);
        line += bytes[i] == '\n';
    }
    return 0;
}

static void forget_lines(struct config *c)
{
    for (size_t i = 0; i < c->schema->n_sections; i++) {
        c->sections[i].line = 0;
        for (size_t j = 0; j < c->sections[i].schema->n_options; j++)
            c->sections[i].values[j].line = 0;
    }
}

int config_load_bytes(struct config *c, const char *name, const char *bytes, size_t size, struct err *why)
{
    struct reader r = {.config = c, .name = name, .why = why};
    if (size > CONFIG_FILE_CEILING)
        return err_set(why, EFBIG, "%s: the file is larger than 1 MiB; this is not a configuration", name);
    int rc = check_utf8(name, bytes, size, why);
    if (rc)
        return rc;
    if (!yaml_parser_initialize(&r.parser))
        return err_set(why, ENOMEM, "%s: out of memory", name);
    yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&r.parser, (const unsigned char *)bytes, size);
    forget_lines(c);
    rc = read_stream(&r);
    yaml_event_delete(&r.event);
    yaml_parser_delete(&r.parser);
    return rc;
}

/* Up to `size` bytes; their number or -errno. */
static ssize_t read_all(int fd, char *bytes, size_t size)
{
    size_t have = 0;
    while (have < size) {
        ssize_t n = read(fd, bytes + have, size - have);
        if (n < 0 && errno != EINTR)
            return -errno;
        if (!n)
            break;
        have += n > 0 ? (size_t)n : 0;
    }
    return (ssize_t)have;
}

int config_load_file(struct config *c, const char *path, struct err *why)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a FIFO must not hang the start */
    if (fd < 0)
        return err_set(why, errno, "%s: cannot open the configuration: %s", path, strerror(errno));
    struct stat st;
    char *bytes = malloc(CONFIG_FILE_CEILING + 1);
    int rc = 0;
    ssize_t n = -ENOMEM;
    if (fstat(fd, &st) || !S_ISREG(st.st_mode))
        rc = err_set(why, EINVAL, "%s: not a regular file", path);
    else if (bytes)
        n = read_all(fd, bytes, CONFIG_FILE_CEILING + 1);
    if (!rc)
        rc = n < 0 ? err_set(why, (int)-n, "%s: cannot read the configuration: %s", path, strerror((int)-n))
                   : config_load_bytes(c, path, bytes, (size_t)n, why);
    free(bytes);
    close(fd);
    return rc;
}
