/* BTF that comes with a file: whether its bytes hold what they claim, so that libbpf and the value printer can walk it without looking out.
 *
 * Format: Documentation/bpf/btf.rst, linux/btf.h. Checked: the header, that every record and every name lies within, that every type
 * that is referred to exists and is of a kind that may stand there, that no type contains itself, that sizes do not overflow. */
#pragma once
#include "base/err.h"

#include <stddef.h>

/* 0, or -errno with words (no object is named: the caller knows it better). */
int btf_check(const void *bytes, size_t n, struct err *why);
