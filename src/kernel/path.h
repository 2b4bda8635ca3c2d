/* Paths as kernel programs send them (bpf/path.h): names leaf first, each with its NUL, an empty name when the root was reached. */
#pragma once
#include "base/text.h"

/* Appends the absolute path that the names spell to out: "/usr/bin/env". A path that was cut begins with ".../". */
void path_assemble(const char *names, size_t n, struct text *out);
