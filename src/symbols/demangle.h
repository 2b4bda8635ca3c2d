/* Names of C++ and Rust functions as people write them. Used by anybody, in any thread (a sandbox that forbids opening libraries is entered
 * after the first call); safe with any bytes: what cannot be demangled, or would become longer than DEMANGLE_CEILING, stays as it is. */
#pragma once
#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>

enum { DEMANGLE_CEILING = 16 * 1024, DEMANGLE_INPUT_CEILING = 4096 };

/* Whether a name looks like the mangled name of a C++ or Rust function ("_Z…", "_R…"). */
bool demangle_is_mangled(const char *name);
/* Appends the name's readable form: "ns::f(int)"; Rust without the hash of its legacy form. Other names are appended as they are. */
void demangle_add(struct text *out, const char *name, size_t n);
