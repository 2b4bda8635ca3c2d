/* Where each register of the intermediate form lives. */
#pragma once
#include "trace/back/live.h"

enum home_kind {
    HOME_NONE,     /* never used */
    HOME_REGISTER, /* r1–r9 */
    HOME_FRAME,    /* 8 bytes at r10 + offset */
    HOME_NOWHERE,  /* made again wherever it is read, by its only definition: a constant, an address */
};

struct home {
    enum home_kind kind;
    uint8_t reg;
    int32_t offset; /* HOME_NOWHERE: the index of that definition */
};

enum { SECOND_SCRATCH = 5 }; /* r0 is always free for the code's own use, r5 only when asked for */

struct allocation {
    struct home *homes; /* by register */
    uint32_t frame;     /* bytes, slots included */
    uint32_t in_frame;  /* how many live there */
};

/* Linear scan. `frame`: bytes that the slots take. 0 or -ENOMEM. */
int registers_allocate(const struct ir_program *p, const struct range *ranges, bool second_scratch, uint32_t frame, struct allocation *out);
/* Whether the instruction's result can be made again anywhere. */
bool is_remade(const struct ir_instruction *i);
