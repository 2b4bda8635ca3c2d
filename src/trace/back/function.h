/* The code of one function. */
#pragma once
#include "trace/back/writer.h"

struct err;

/* Appends it to the writer's code; calls stand with the index of the program. *frame: bytes. The program is lowered; what is needed on the
 * way is in its arena. 0 or -errno with words. */
int function_write(const struct ir_program *p, struct writer *w, uint32_t *frame, struct err *why);
