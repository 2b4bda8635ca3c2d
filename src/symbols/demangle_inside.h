/* Shared by demangle*.c only. */
#pragma once
#include "symbols/demangle.h"

/* "_R…" as people write it, into a text with a ceiling. False: it is none, or too long; what was written is to be forgotten. */
bool demangle_rust(struct text *out, const char *name, size_t n);
