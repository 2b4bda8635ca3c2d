#include "trace/front/walk.h"

static void visit_type(struct node *parent, struct type_name *type, void (*visit)(void *, struct node *, struct node **), void *arg)
{
    for (; type; type = type->next) {
        if (type->of)
            visit(arg, parent, &type->of);
        visit_type(parent, type->member, visit, arg);
    }
}

void node_visit_children(struct node *node, void (*visit)(void *arg, struct node *parent, struct node **link), void *arg)
{
    struct node **const links[] = {&node->key, &node->condition, &node->left, &node->right, &node->body};
    visit_type(node, node->type_name, visit, arg);
    for (size_t i = 0; i < sizeof links / sizeof *links; i++)
        if (*links[i])
            visit(arg, node, links[i]);
    for (struct node **link = &node->first; *link; link = &(*link)->next)
        visit(arg, node, link);
}

static uint16_t deeper(uint16_t depth, const struct node *child)
{
    return child && child->depth > depth ? child->depth : depth;
}

static uint16_t type_depth(const struct type_name *type)
{
    uint16_t depth = 0;
    for (; type; type = type->next) {
        uint16_t inside = type_depth(type->member);
        depth = deeper(depth > inside ? depth : inside, type->of);
    }
    return depth;
}

uint16_t node_depth(const struct node *node)
{
    uint16_t depth = type_depth(node->type_name);
    const struct node *const children[] = {node->key, node->condition, node->left, node->right, node->body};
    for (size_t i = 0; i < sizeof children / sizeof *children; i++)
        depth = deeper(depth, children[i]);
    for (const struct node *child = node->first; child; child = child->next)
        depth = deeper(depth, child);
    return (uint16_t)(depth + 1);
}

bool node_is_field_name(const struct node *parent, struct node *const *link)
{
    return (*link)->kind == NODE_NAME &&
           ((parent->kind == NODE_OFFSETOF && link != &parent->left) || (parent->kind == NODE_ASSIGN && link == &parent->left));
}
