/* Places of the slots in the frame. */
#pragma once
#include "trace/back/ir.h"

/* Gives each slot of a lowered program its offset from r10 (0: it is not used). Slots whose accesses lie apart share their bytes: helpers
 * and functions keep no address. In p's arena; NULL without memory. *bytes: what all take; more than 512 when they do not fit. */
int32_t *slots_place(const struct ir_program *p, uint32_t *bytes);
