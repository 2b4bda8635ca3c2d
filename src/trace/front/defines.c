/* Names that a #define gives another meaning: #define RED "\033[31m" */
#include "trace/front/parse.h"
#include "trace/front/walk.h"

#include "base/arena.h"

#include <string.h>

enum { MEANINGS_DEEP = 20, MEANINGS_MAX = 50000 }; /* a name in a meaning in a meaning …; all that are put in */

struct definer {
    struct complaints *complaints;
    const char *(*meaning)(void *arg, const char *name);
    void *arg;
    uint32_t inside, count, depth;
};

/* What is in a meaning is, to the reader of the script, where the name is. */
static void move(void *arg, struct node *parent, struct node **link)
{
    (void)parent;
    (*link)->place = *(const struct place *)arg;
    node_visit_children(*link, move, arg);
}

/* The expression of the text; NULL after a complaint at `place`. */
static struct node *read_meaning(struct definer *d, const char *name, const char *text, struct place place)
{
    const struct source source = {.name = name, .text = text, .length = strlen(text)};
    struct complaints own;
    complaints_init(&own, d->complaints->arena, &source);
    struct node *node = trace_parse_expression(&own, (struct place){0, (uint32_t)source.length});
    if (!node || own.errors) {
        complain(d->complaints, place, "%s is #defined as %.60s, which is no expression: %s", name, text,
                 own.first && own.first->text ? own.first->text : "there is not enough memory");
        return NULL;
    }
    move(&place, NULL, &node);
    return node;
}

static void expand(void *arg, struct node *parent, struct node **link);

static void expand_name(struct definer *d, struct node **link, const char *text)
{
    struct node *name = *link;
    if (d->inside == MEANINGS_DEEP || d->count == MEANINGS_MAX) {
        complain(d->complaints, name->place,
                 d->inside == MEANINGS_DEEP ? "the #define of %s leads to itself" : "there are too many uses of %s", name->name);
        return;
    }
    d->count++;
    struct node *node = read_meaning(d, name->name, text, name->place);
    if (!node)
        return;
    node_replace(link, node);
    node->parenthesized = true;
    d->inside++;
    expand(d, NULL, link);
    d->inside--;
}

static void expand(void *arg, struct node *parent, struct node **link)
{
    struct definer *d = arg;
    struct node *node = *link;
    if (d->complaints->errors || (parent && node_is_field_name(parent, link)))
        return;
    const char *text = node->kind == NODE_NAME ? d->meaning(d->arg, node->name) : NULL;
    if (text) {
        expand_name(d, link, text);
        return;
    }
    if (++d->depth > NODE_DEPTH_MAX)
        complain(d->complaints, node->place, "this is nested too deeply, with what is #defined");
    else
        node_visit_children(node, expand, d);
    d->depth--;
    node->depth = node_depth(node);
}

void trace_expand_names(struct script *script, struct complaints *c, const char *(*meaning)(void *arg, const char *name), void *arg)
{
    struct definer d = {.complaints = c, .meaning = meaning, .arg = arg};
    for (struct probe *probe = script->probes; probe; probe = probe->next) {
        if (probe->predicate)
            expand(&d, NULL, &probe->predicate);
        expand(&d, NULL, &probe->body);
    }
    for (struct function *f = script->functions; f; f = f->next)
        if (!f->is_macro)
            expand(&d, NULL, &f->body);
}
