/* Jumps of one function, filled in when the places of their labels are known. BPF jumps over 32767 instructions at most: a jump that waits
 * for its label too long is sent to a relay, a jump on its way. */
#pragma once
#include "trace/back/writer.h"

struct jumps {
    struct arena *arena;
    uint32_t *label_at; /* by label: instruction + 1; 0: not yet */
    uint32_t *relay_at; /* by label: its relay in the island in work, instruction + 1 */
    struct jump {
        uint32_t insn;
        ir_label label; /* 0: filled in already */
    } * list;
    uint32_t count, capacity;
    uint32_t oldest; /* none before this one waits */
    bool out_of_memory;
};

/* 0 or -ENOMEM. */
int jumps_init(struct jumps *j, struct arena *arena, uint32_t labels);
/* The last instruction written is a jump to the label. */
void jumps_add(struct jumps *j, const struct writer *w, ir_label label);
/* The next instruction is the label's. */
void jumps_place(struct jumps *j, const struct writer *w, ir_label label);
/* Between two instructions: writes relays when jumps have waited long. */
void jumps_relay(struct jumps *j, struct writer *w);
/* 0, or -E2BIG: a jump backwards that is too far. */
int jumps_fill(const struct jumps *j, struct writer *w);
