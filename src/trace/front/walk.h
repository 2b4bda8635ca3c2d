/* All that hangs below a node. */
#pragma once
#include "trace/front/tree.h"

/* Calls `visit` with the link to each child, in the order of the script; it may replace the child (node_replace). */
void node_visit_children(struct node *node, void (*visit)(void *arg, struct node *parent, struct node **link), void *arg);

/* Whether the child is the name of a field, of offsetof or of a record: it stands for nothing else. */
bool node_is_field_name(const struct node *parent, struct node *const *link);
/* Its depth, by those of its children. */
uint16_t node_depth(const struct node *node);

/* Puts `other` where the link's node is, in a list too. */
static inline void node_replace(struct node **link, struct node *other)
{
    other->next = (*link)->next;
    *link = other;
}
