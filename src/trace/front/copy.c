#include "trace/front/parse.h"
#include "trace/front/walk.h"

#include "base/arena.h"

#include <string.h>

struct copier {
    struct arena *arena;
    bool failed;
};

static void *copy_bytes(struct copier *c, const void *from, size_t size)
{
    void *copy = arena_alloc(c->arena, size);
    if (copy)
        memcpy(copy, from, size);
    else
        c->failed = true;
    return copy;
}

static struct type_name *copy_type(struct copier *c, const struct type_name *type)
{
    struct type_name *first = NULL, **last = &first;
    for (; type && !c->failed; type = type->next) {
        *last = copy_bytes(c, type, sizeof *type);
        if (!*last)
            break;
        (*last)->next = NULL;
        (*last)->member = copy_type(c, type->member);
        last = &(*last)->next;
    }
    return first;
}

/* The copy keeps its `next` until the list's turn comes. */
static void copy_link(void *arg, struct node *parent, struct node **link)
{
    struct copier *c = arg;
    (void)parent;
    struct node *copy = c->failed ? NULL : copy_bytes(c, *link, sizeof **link);
    if (!copy)
        return;
    copy->type = NULL;
    copy->meaning = NULL;
    copy->type_name = copy_type(c, copy->type_name);
    *link = copy;
    node_visit_children(copy, copy_link, c);
}

struct node *node_copy(struct arena *arena, const struct node *node)
{
    struct copier c = {.arena = arena};
    struct node *copy = (struct node *)node;
    copy_link(&c, NULL, &copy);
    if (c.failed)
        return NULL;
    copy->next = NULL;
    return copy;
}
