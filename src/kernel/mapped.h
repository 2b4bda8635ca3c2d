/* An array of a kernel program that the worker maps, instead of asking for elements one by one (BPF_F_MMAPABLE). */
#pragma once
#include "base/err.h"

#include <stddef.h>

struct kernel_unit;

struct mapped { /* zeroed: not mapped */
    char *bytes;
    size_t count, stride; /* elements, and how far apart */
};

/* Maps all elements for reading and writing; programs go on with them meanwhile. One that is not there is no error, and has none. 0, or
 * -errno with words. */
int mapped_open(struct mapped *m, const struct kernel_unit *unit, const char *name, struct err *why);
void mapped_close(struct mapped *m);
