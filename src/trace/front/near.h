/* "did you mean": the nearest of some names. */
#pragma once
#include <stddef.h>

/* The candidate that `name` most likely meant (few edits away, as base/names.h counts them); NULL when none is near.
 * `candidate` gives the i-th, NULL past the last. */
const char *near_name(const char *name, const char *(*candidate)(void *arg, size_t i), void *arg);
