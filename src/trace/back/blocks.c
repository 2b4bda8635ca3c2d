#include "trace/back/blocks.h"

#include "base/arena.h"
#include "trace/back/facts.h"

#include <errno.h>

static bool ends_block(enum ir_op op)
{
    return op == IR_JUMP || op == IR_JUMP_IF || op == IR_RETURN;
}

/* Cuts the list; fills the block of each label. */
static void cut(const struct ir_program *p, struct blocks *out, int32_t *of_label)
{
    for (uint32_t i = 0; i < p->count;) {
        struct block *b = &out->list[out->count];
        *b = (struct block){.first = i, .next = {NO_BLOCK, NO_BLOCK}, .entered = -1};
        for (; i < p->count && p->list[i].op == IR_LABEL; i++)
            of_label[p->list[i].label] = (int32_t)out->count;
        while (i < p->count && p->list[i].op != IR_LABEL)
            if (ends_block(p->list[i++].op))
                break;
        b->end = i;
        out->count++;
    }
}

static void add_edge(struct blocks *b, int32_t from, unsigned which, int32_t to)
{
    int32_t edge = from * 2 + (int32_t)which;
    b->list[from].next[which] = to;
    b->edges[edge] = (struct block_edge){from, b->list[to].entered};
    b->list[to].entered = edge;
}

static int join(const struct ir_program *p, struct blocks *b, const int32_t *of_label)
{
    for (uint32_t k = 0; k < b->count; k++) {
        const struct ir_instruction *last = &p->list[b->list[k].end - 1];
        if (!ir_never_falls(last->op) && k + 1 < b->count)
            add_edge(b, (int32_t)k, 0, (int32_t)k + 1);
        if (last->op == IR_JUMP || last->op == IR_JUMP_IF) {
            if (last->label >= p->n_labels || of_label[last->label] == NO_BLOCK)
                return -EINVAL;
            add_edge(b, (int32_t)k, 1, of_label[last->label]);
        }
    }
    return 0;
}

static void mark_reached(struct blocks *b, int32_t *stack)
{
    uint32_t n = 0;
    if (b->count) {
        b->list[0].reached = true;
        stack[n++] = 0;
    }
    while (n) {
        const struct block *from = &b->list[stack[--n]];
        for (unsigned k = 0; k < 2; k++) {
            int32_t to = from->next[k];
            if (to == NO_BLOCK || b->list[to].reached)
                continue;
            b->list[to].reached = true;
            stack[n++] = to;
        }
    }
}

int blocks_find(struct arena *arena, const struct ir_program *p, struct blocks *out)
{
    int32_t *of_label = arena_alloc(arena, p->n_labels * sizeof *of_label);
    int32_t *stack = arena_alloc(arena, (p->count + 1) * sizeof *stack);
    *out = (struct blocks){.list = arena_alloc(arena, (p->count + 1) * sizeof *out->list),
                           .edges = arena_alloc(arena, (p->count + 1) * 2 * sizeof *out->edges)};
    if (!of_label || !stack || !out->list || !out->edges)
        return -ENOMEM;
    for (uint32_t k = 0; k < p->n_labels; k++)
        of_label[k] = NO_BLOCK;
    cut(p, out, of_label);
    int e = join(p, out, of_label);
    if (!e)
        mark_reached(out, stack);
    return e;
}

int blocks_drop_unreached(struct ir_program *p)
{
    struct arena scratch = {0};
    struct blocks b;
    int e = blocks_find(&scratch, p, &b);
    uint32_t kept = 0;
    for (uint32_t k = 0; !e && k < b.count; k++)
        if (b.list[k].reached)
            for (uint32_t i = b.list[k].first; i < b.list[k].end; i++)
                p->list[kept++] = p->list[i];
    if (!e)
        p->count = kept;
    arena_free(&scratch);
    return e;
}
