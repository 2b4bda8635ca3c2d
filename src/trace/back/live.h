/* From where to where each register holds something that is still wanted. */
#pragma once
#include "trace/back/ir.h"

/* Positions: instruction i reads at 2i and writes at 2i + 1. A register is live in all of [start, end]: one stretch, holes included. */
struct range {
    uint32_t start, end;
    uint32_t definition;  /* the first instruction that assigns it */
    uint32_t first_use;   /* the first instruction that reads it */
    uint32_t definitions; /* how many */
    uint32_t uses;        /* reads and writes, those in loops counted more often */
    bool over_call;       /* r0–r5 cannot hold it */
    bool is_read;
};

/* By register, in p's arena; a register that never appears has start > end. 0 or -ENOMEM. The program must be lowered. */
int ranges_find(const struct ir_program *p, struct range **out);
