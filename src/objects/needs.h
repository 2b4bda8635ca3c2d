/* What an object expects of its own loader, and nobody else can know: told from its maps and its code. */
#pragma once
#include "objects/programs.h"

/* Before the load: maps whose size the loader chooses, pinned maps without a place to pin them. 0 or -errno with words. */
int needs_check(const struct object *o, struct err *why);
/* Once its programs are attached: maps that only its loader would have filled, counters it would have opened, programs that it would have
 * chosen among, settings. Each is a sentence. */
void needs_tell(const struct object *o, const struct programs *p, void (*say)(void *arg, const char *sentence), void *arg);
