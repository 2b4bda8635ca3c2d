#include "trace/back/emit.h"
#include "trace/back/passes.h"

enum { ROUNDS = 2 }; /* a known value decides jumps, and what is left of the jumps makes more values known */

void ir_optimize(struct ir_program *p)
{
    if (p->out_of_memory)
        return;
    pass_dead(p);
    for (unsigned k = 0; k < ROUNDS; k++) {
        pass_values(p);
        pass_dead(p);
        pass_jumps(p);
        pass_dead(p);
    }
    pass_moves(p);
    pass_dead(p);
}
