/* The basic blocks of a program. */
#pragma once
#include "trace/back/ir.h"

enum { NO_BLOCK = -1 };

struct block {
    uint32_t first, end; /* instructions [first, end) */
    int32_t next[2];     /* where it goes: falling, jumping; NO_BLOCK */
    int32_t entered;     /* first of the edges that lead here, in blocks.edges; -1: none */
    bool reached;        /* from the start of the program */
};

struct block_edge {
    int32_t from, next; /* block; edge to the same block, -1 */
};

struct blocks {
    struct block *list;
    uint32_t count;
    struct block_edge *edges;
};

/* In the arena. 0, -ENOMEM, or -EINVAL: a jump to a label that is nowhere. */
int blocks_find(struct arena *arena, const struct ir_program *p, struct blocks *out);
/* Removes what no path reaches: the verifier refuses it. 0 or as blocks_find. */
int blocks_drop_unreached(struct ir_program *p);
