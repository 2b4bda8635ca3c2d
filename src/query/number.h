/* Numbers and times as text. */
#pragma once
#include "base/text.h"

#include <stdint.h>

typedef __int128 number_i128;
typedef unsigned __int128 number_u128;

void number_add_u128(struct text *t, number_u128 v);
void number_add_i128(struct text *t, number_i128 v);
/* value / 10^scale with exactly `scale` digits after the point. */
void number_add_decimal(struct text *t, number_i128 v, unsigned scale);
/* The shortest decimal that reads back as the same number; 1.0 keeps its point. "nan", "inf", "-inf" for the rest. */
void number_add_double(struct text *t, double v);
void number_add_float(struct text *t, float v);
/* A signed integer of any size as DuckDB's BIGNUM stores it: three header bytes, then the magnitude, big endian;
 * all bytes inverted when negative. Source: duckdb/common/types/bignum.hpp. */
void number_add_bignum(struct text *t, const unsigned char *bytes, uint32_t n);

/* Days since 1970-01-01 as YYYY-MM-DD (years beyond 9999 with more digits, before year 0 with a minus sign). */
void number_add_date(struct text *t, int64_t days);
/* Time since 1970 in units of 1/per_second s, with `digits` digits of fraction: 2026-11-21T01:02:03.004Z */
void number_add_timestamp(struct text *t, int64_t v, int64_t per_second, unsigned digits);
/* Time of day in units of 1/per_second s. */
void number_add_time(struct text *t, int64_t v, int64_t per_second, unsigned digits);
void number_add_interval(struct text *t, int32_t months, int32_t days, int64_t micros);
