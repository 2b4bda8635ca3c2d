/* Values of rows as people like to read them: the time of day, 3.2 ms, 1.4 MiB. */
#pragma once
#include "base/text.h"

#include <stddef.h>

enum people_kind { PEOPLE_AS_IS, PEOPLE_TIME, PEOPLE_DURATION, PEOPLE_BYTES };

/* By the column's name, whose end is its unit, and its SQL type. */
enum people_kind people_kind_of(const char *name, const char *type);
/* The name without its unit. */
void people_add_heading(struct text *t, const char *name, enum people_kind kind);
/* The value as the agent writes it (2026-11-21T09:35:52.082472887Z, 1621) in the other form: times local, with the date unless it is
 * today. What cannot be read stays as it is. */
void people_add(struct text *t, enum people_kind kind, const char *p, size_t n);
