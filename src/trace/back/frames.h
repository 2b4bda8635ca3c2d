/* All frames of a chain of calls share the 512 bytes. */
#pragma once
#include "trace/back/ir.h"

struct err;

struct call_graph {
    const struct ir_program *programs;
    const uint32_t *frames; /* bytes, by program */
    uint32_t n;
};

/* *deepest: the bytes of the largest single frame. -E2BIG in words when a chain of calls from programs[0] takes too much, -ELOOP when a
 * function calls itself. */
int frames_check(struct arena *arena, const struct call_graph *g, uint32_t *deepest, struct err *why);
