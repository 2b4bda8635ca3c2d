/* Figures for people. */
#pragma once
#include "base/text.h"

#include <stdint.h>

void human_bytes(struct text *t, uint64_t bytes); /* 512 B, 1.4 MiB */
void human_duration(struct text *t, uint64_t ns); /* 812 ns, 3.2 ms, 45 s, 3h 12m, 9d 4h */
void human_count(struct text *t, uint64_t n);     /* 1,234,567 */
void human_rows(struct text *t, uint64_t n);      /* 1 row, 1,234 rows */
