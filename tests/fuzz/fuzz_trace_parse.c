/* Any bytes as a script: places stay inside the text, trees are as deep as promised, what is printed and copied is the same tree, and
 * macros come to an end. */
#include "base/arena.h"
#include "trace/front/literal.h"
#include "trace/front/parse.h"
#include "trace/front/walk.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool holds)
{
    if (!holds)
        abort();
}

static void check_node(void *arg, struct node *parent, struct node **link)
{
    const struct source *source = arg;
    const struct node *node = *link;
    expect(node->depth >= 1 && node->depth <= NODE_DEPTH_MAX && (!parent || node->depth < parent->depth));
    expect((size_t)node->place.at + node->place.length <= source->length);
    node_visit_children(*link, check_node, arg);
}

static void check_script(const struct script *script, const struct source *source)
{
    for (struct probe *probe = script->probes; probe; probe = probe->next) {
        expect(probe->points && probe->body && probe->body->kind == NODE_BLOCK);
        for (const struct attach_point *point = probe->points; point; point = point->next)
            expect(point->n_parts >= 1 && point->n_parts <= ATTACH_PARTS_MAX && point->parts[point->n_parts - 1]);
        check_node((void *)source, NULL, &probe->body);
        if (probe->predicate)
            check_node((void *)source, NULL, &probe->predicate);
    }
    for (const struct definition *d = script->definitions; d; d = d->next)
        expect((size_t)d->place.at + d->place.length <= source->length);
}

static void check_copies(const struct script *script, struct arena *arena)
{
    struct script one = {0}, other = {0};
    struct text a = {.ceiling = 1 << 20}, b = {.ceiling = 1 << 20};
    for (const struct probe *probe = script->probes; probe; probe = probe->next) {
        struct probe mine = {.body = probe->body}, copied = {.body = node_copy(arena, probe->body)};
        expect(copied.body != NULL);
        one.probes = &mine;
        other.probes = &copied;
        trace_print_tree(&one, &a);
        trace_print_tree(&other, &b);
        expect(a.length == b.length && (!a.length || !memcmp(a.bytes, b.bytes, a.length)));
        text_clear(&a);
        text_clear(&b);
    }
    text_free(&a);
    text_free(&b);
}

static const char *meaning(void *arg, const char *name)
{
    (void)arg;
    return !strcmp(name, "x") ? "(y + 1)" : !strcmp(name, "y") ? "{ 2 }" : !strcmp(name, "z") ? "z" : NULL;
}

static void read_all(const char *bytes, size_t size, struct arena *arena)
{
    static const char *const values[] = {"/bin/bash", "a{b,c}:\"d"};
    const struct source source = {.name = "stdin", .text = bytes, .length = size};
    const struct script_arguments arguments = {values, 2};
    struct complaints c;
    struct text out = {.ceiling = 1 << 20};
    complaints_init(&c, arena, &source);
    struct script *script = trace_parse(&c, &arguments);
    expect(script != NULL);
    check_script(script, &source);
    if (!c.errors) {
        check_copies(script, arena);
        trace_expand_macros(script, &c);
    }
    if (!c.errors)
        trace_expand_names(script, &c, meaning, NULL);
    if (!c.errors)
        check_script(script, &source);
    trace_print_tree(script, &out);
    trace_print_tokens(&c, &out);
    complaints_print(&c, &out);
    text_free(&out);
    complaints_init(&c, arena, &source);
    expect(trace_parse_expression(&c, (struct place){0, (uint32_t)size}) || c.errors);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena = {0};
    char *bytes = malloc(size ? size : 1); /* without a NUL, so that reading too far is seen */
    expect(bytes != NULL);
    memcpy(bytes, data, size);
    literal_read_number(bytes, size);
    read_all(bytes, size, &arena);
    arena_free(&arena);
    free(bytes);
    return 0;
}
