/* Results of calls that need not leave r0. */
#pragma once
#include "trace/back/allocate.h"

/* `busy`: by instruction, whether its code needs r0 for itself. Gives r0 to the results whose ranges meet none of them; whether there are
 * any. */
bool results_stay(const struct ir_program *p, const struct range *ranges, const bool *busy, struct home *homes);
