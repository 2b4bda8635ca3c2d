#include "trace/back/emit.h"
#include "trace/back/passes.h"

void ir_optimize(struct ir_program *p)
{
    if (p->out_of_memory)
        return;
    pass_dead(p);
}
