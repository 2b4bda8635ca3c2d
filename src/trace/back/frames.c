#include "trace/back/frames.h"

#include "base/arena.h"
#include "base/err.h"
#include "trace/back/writer.h"

enum { FRAMES_MAX = 8, GRAIN = 32, SEEN_BYTES = 16 }; /* the verifier's limits: calls inside calls, and what it rounds frames up to */

static uint32_t frame_bytes(uint32_t bytes)
{
    return bytes ? (bytes + GRAIN - 1) / GRAIN * GRAIN : GRAIN;
}

/* The chain of calls in work: FRAMES_MAX bounds the depth. A function that was walked with as much above it is not walked again. */
static int walk(const struct call_graph *g, uint32_t n, uint32_t bytes, unsigned depth, uint32_t *seen, struct err *why)
{
    bytes += frame_bytes(g->frames[n]);
    if (depth > FRAMES_MAX)
        return err_set(why, ELOOP, "%s is called %d functions deep, or calls itself: BPF allows %d", g->programs[n].name, FRAMES_MAX,
                       FRAMES_MAX);
    if (bytes > BPF_STACK_BYTES && depth > 1)
        return err_set(why, E2BIG, "the functions up to %s need more than the %d bytes of stack that BPF has for all of them together",
                       g->programs[n].name, BPF_STACK_BYTES);
    if (seen[n] / SEEN_BYTES >= bytes && seen[n] % SEEN_BYTES >= depth)
        return 0;
    seen[n] = bytes * SEEN_BYTES + depth;
    for (uint32_t i = 0; i < g->programs[n].count; i++) {
        const struct ir_instruction *at = &g->programs[n].list[i];
        int e = at->op == IR_CALL_FUNCTION || at->op == IR_FUNCTION ? walk(g, at->index, bytes, depth + 1, seen, why) : 0;
        if (e)
            return e;
    }
    return 0;
}

int frames_check(struct arena *arena, const struct call_graph *g, uint32_t *deepest, struct err *why)
{
    uint32_t *seen = arena_alloc(arena, g->n * sizeof *seen);
    if (!seen)
        return err_set(why, ENOMEM, "there is no memory left to compile the program");
    *deepest = 0;
    for (uint32_t k = 0; k < g->n; k++) {
        seen[k] = 0;
        if (g->frames[k] > *deepest)
            *deepest = g->frames[k];
    }
    return walk(g, 0, 0, 1, seen, why);
}
