#include "query/number.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void number_add_u128(struct text *t, number_u128 v)
{
    char digits[40];
    size_t at = sizeof digits;
    for (; v > UINT64_MAX; v /= 10)
        digits[--at] = (char)('0' + (unsigned)(v % 10));
    uint64_t small = (uint64_t)v;
    do
        digits[--at] = (char)('0' + small % 10);
    while (small /= 10);
    text_add(t, digits + at, sizeof digits - at);
}

void number_add_i128(struct text *t, number_i128 v)
{
    if (v < 0)
        text_addc(t, '-');
    number_add_u128(t, v < 0 ? 0 - (number_u128)v : (number_u128)v);
}

/* v with at least `width` digits, zeros in front. */
static void add_padded(struct text *t, uint64_t v, unsigned width)
{
    char digits[24];
    size_t at = sizeof digits;
    for (; v || width; v /= 10, width -= width > 0)
        digits[--at] = (char)('0' + v % 10);
    text_add(t, digits + at, sizeof digits - at);
}

void number_add_decimal(struct text *t, number_i128 v, unsigned scale)
{
    number_u128 magnitude = v < 0 ? 0 - (number_u128)v : (number_u128)v;
    char fraction[40];
    for (unsigned i = scale; i > 0; i--, magnitude /= 10)
        fraction[i - 1] = (char)('0' + (unsigned)(magnitude % 10));
    if (v < 0)
        text_addc(t, '-');
    number_add_u128(t, magnitude);
    if (scale) {
        text_addc(t, '.');
        text_add(t, fraction, scale);
    }
}

static bool add_special(struct text *t, double v)
{
    if (isnan(v))
        text_adds(t, "nan");
    else if (isinf(v))
        text_adds(t, v < 0 ? "-inf" : "inf");
    return !isfinite(v);
}

/* Numbers with up to six decimals and 15 digits in all, which most are: k / 10^6 is exact when it rounds back to v. */
static bool add_short(struct text *t, double v)
{
    double scaled = v * 1e6;
    if (!(fabs(scaled) < 1e15) || (v == 0 && signbit(v)))
        return false;
    int64_t k = llround(scaled);
    if ((double)k / 1e6 != v || (v != 0 && fabs(v) < 1e-4))
        return false;
    uint64_t magnitude = k < 0 ? 0 - (uint64_t)k : (uint64_t)k, fraction = magnitude % 1000000;
    unsigned digits = 6;
    for (; digits > 1 && fraction % 10 == 0; digits--)
        fraction /= 10;
    if (k < 0)
        text_addc(t, '-');
    text_add_u64(t, magnitude / 1000000);
    text_addc(t, '.');
    add_padded(t, fraction, digits);
    return true;
}

static void add_printed(struct text *t, char *printed)
{
    text_adds(t, printed);
    if (!strpbrk(printed, ".en"))
        text_adds(t, ".0");
}

void number_add_double(struct text *t, double v)
{
    if (add_special(t, v) || add_short(t, v))
        return;
    char printed[40];
    for (int precision = 15; precision <= 17; precision++) {
        snprintf(printed, sizeof printed, "%.*g", precision, v);
        if (strtod(printed, NULL) == v)
            break;
    }
    add_printed(t, printed);
}

void number_add_float(struct text *t, float v)
{
    if (add_special(t, v))
        return;
    char printed[40];
    for (int precision = 6; precision <= 9; precision++) {
        snprintf(printed, sizeof printed, "%.*g", precision, (double)v);
        if (strtof(printed, NULL) == v)
            break;
    }
    add_printed(t, printed);
}

enum { BIGNUM_HEADER = 3, BIGNUM_LIMBS = 512 }; /* 4,600 digits; longer numbers are null */

/* Multiplies by 256 and adds, in limbs of nine decimal digits. */
static size_t limbs_push(uint32_t *limbs, size_t n, unsigned char byte)
{
    uint64_t carry = byte;
    for (size_t i = 0; i < n; i++) {
        carry += (uint64_t)limbs[i] * 256;
        limbs[i] = (uint32_t)(carry % 1000000000);
        carry /= 1000000000;
    }
    if (carry)
        limbs[n++] = (uint32_t)carry;
    return n;
}

void number_add_bignum(struct text *t, const unsigned char *bytes, uint32_t n)
{
    uint32_t limbs[BIGNUM_LIMBS];
    size_t used = 0;
    bool negative = n && !(bytes[0] & 0x80);
    for (uint32_t i = BIGNUM_HEADER; i < n && used < BIGNUM_LIMBS; i++)
        used = limbs_push(limbs, used, negative ? (unsigned char)~bytes[i] : bytes[i]);
    if (used == BIGNUM_LIMBS) {
        text_adds(t, "null");
        return;
    }
    if (negative)
        text_addc(t, '-');
    text_add_u64(t, used ? limbs[used - 1] : 0);
    for (size_t i = used; i > 1; i--)
        add_padded(t, limbs[i - 2], 9);
}

/* Proleptic Gregorian calendar, eras of 400 years that begin on 1 March. Howard Hinnant, "chrono-compatible low-level date algorithms". */
void number_add_date(struct text *t, int64_t days)
{
    int64_t shifted = days + 719468;
    int64_t era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
    unsigned of_era = (unsigned)(shifted - era * 146097);
    unsigned year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    unsigned of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    unsigned month_index = (5 * of_year + 2) / 153;
    unsigned month = month_index < 10 ? month_index + 3 : month_index - 9;
    int64_t year = (int64_t)year_of_era + era * 400 + (month <= 2);
    if (year < 0)
        text_addc(t, '-');
    add_padded(t, year < 0 ? 0 - (uint64_t)year : (uint64_t)year, 4);
    text_addc(t, '-');
    add_padded(t, month, 2);
    text_addc(t, '-');
    add_padded(t, of_year - (153 * month_index + 2) / 5 + 1, 2);
}

void number_add_time(struct text *t, int64_t v, int64_t per_second, unsigned digits)
{
    uint64_t seconds = (uint64_t)(v / per_second), fraction = (uint64_t)(v % per_second);
    add_padded(t, seconds / 3600, 2);
    text_addc(t, ':');
    add_padded(t, seconds / 60 % 60, 2);
    text_addc(t, ':');
    add_padded(t, seconds % 60, 2);
    if (digits) {
        text_addc(t, '.');
        add_padded(t, fraction, digits);
    }
}

void number_add_timestamp(struct text *t, int64_t v, int64_t per_second, unsigned digits)
{
    if (v == INT64_MAX || v == -INT64_MAX) {
        text_adds(t, v < 0 ? "-infinity" : "infinity");
        return;
    }
    int64_t per_day = 86400 * per_second, days = v / per_day, rest = v % per_day;
    if (rest < 0) {
        rest += per_day;
        days--;
    }
    number_add_date(t, days);
    text_addc(t, 'T');
    number_add_time(t, rest, per_second, digits);
    text_addc(t, 'Z');
}

static void add_part(struct text *t, size_t start, int64_t v, const char *unit)
{
    if (!v)
        return;
    if (t->length > start)
        text_addc(t, ' ');
    text_add_i64(t, v);
    text_addc(t, ' ');
    text_adds(t, unit);
    if (v != 1 && v != -1)
        text_addc(t, 's');
}

void number_add_interval(struct text *t, int32_t months, int32_t days, int64_t micros)
{
    size_t start = t->length;
    add_part(t, start, months / 12, "year");
    add_part(t, start, months % 12, "month");
    add_part(t, start, days, "day");
    if (!micros && t->length > start)
        return;
    if (t->length > start)
        text_addc(t, ' ');
    if (micros < 0)
        text_addc(t, '-');
    uint64_t magnitude = micros < 0 ? 0 - (uint64_t)micros : (uint64_t)micros;
    number_add_time(t, (int64_t)(magnitude > INT64_MAX ? INT64_MAX : magnitude), 1000000, magnitude % 1000000 ? 6 : 0);
}
