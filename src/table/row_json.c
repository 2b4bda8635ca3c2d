#include "table/row_json.h"

#include "base/clock.h"
#include "base/json_scan.h"
#include "table/histogram.h"

#include <ctype.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { NUMBER_MAX = 64, SHOWN = 40 };
static const int64_t ahead_ns = 24 * 3600LL * NS_PER_S; /* a row's time may be so far ahead of the agent's clock */

struct row {
    struct batch *batch;
    size_t next; /* lines mostly name columns in their order: where the next one probably is */
    uint64_t given;
};

static int wrong(struct err *why, const struct column *c, const struct json_value *v, const char *what)
{
    return err_set(why, EINVAL, "column %s: %.*s%s %s", c->name, v->n > SHOWN ? SHOWN : (int)v->n, v->p, v->n > SHOWN ? "…" : "", what);
}

/* --- numbers ---------------------------------------------------------------------------------------------------------------- */

/* The number as a string of its own; NULL when it is longer than any that makes sense, or not as JSON writes numbers. */
static const char *number_string(const struct json_value *v, char *room)
{
    size_t i = 0;
    if (v->kind != SCAN_NUMBER || v->n >= NUMBER_MAX)
        return NULL;
    for (; i < v->n; i++)
        if (!isdigit((unsigned char)v->p[i]) && !strchr("+-.eE", v->p[i]))
            return NULL;
    memcpy(room, v->p, v->n);
    room[v->n] = '\0';
    return room;
}

static bool whole(const struct json_value *v, bool *negative, uint64_t *out)
{
    const char *p = v->p, *end = v->p + v->n;
    uint64_t sum = 0;
    if (v->kind != SCAN_NUMBER)
        return false;
    *negative = *p == '-';
    p += *negative;
    if (p == end)
        return false;
    for (; p < end; p++)
        if (*p < '0' || *p > '9' || __builtin_mul_overflow(sum, 10, &sum) || __builtin_add_overflow(sum, (uint64_t)(*p - '0'), &sum))
            return false;
    *out = sum;
    return true;
}

static int set_unsigned(struct row *r, size_t i, const struct json_value *v, uint64_t most, struct err *why)
{
    const struct column *c = &r->batch->table->columns[i];
    bool negative;
    uint64_t number;
    if (!whole(v, &negative, &number) || number > most || (negative && number)) {
        char what[64];
        snprintf(what, sizeof what, "is no whole number from 0 to %" PRIu64, most);
        return wrong(why, c, v, what);
    }
    if (c->type == TYPE_U16)
        batch_set_u16(r->batch, i, (uint16_t)number);
    else if (c->type == TYPE_U32)
        batch_set_u32(r->batch, i, (uint32_t)number);
    else
        batch_set_u64(r->batch, i, number);
    return 0;
}

static int set_signed(struct row *r, size_t i, const struct json_value *v, uint64_t most, struct err *why)
{
    const struct column *c = &r->batch->table->columns[i];
    bool negative;
    uint64_t number;
    if (!whole(v, &negative, &number) || number > most + negative) {
        char what[96];
        snprintf(what, sizeof what, "is no whole number from -%" PRIu64 " to %" PRIu64, most + 1, most);
        return wrong(why, c, v, what);
    }
    int64_t value = (int64_t)(negative ? 0 - number : number);
    if (c->type == TYPE_I32)
        batch_set_i32(r->batch, i, (int32_t)value);
    else
        batch_set_i64(r->batch, i, value);
    return 0;
}

static int set_real(struct row *r, size_t i, const struct json_value *v, struct err *why)
{
    char room[NUMBER_MAX], *end = room;
    const char *string = number_string(v, room);
    double number = string ? strtod(string, &end) : 0;
    if (!string || *end || end == room || !isfinite(number))
        return wrong(why, &r->batch->table->columns[i], v, "is no number");
    batch_set_f64(r->batch, i, number);
    return 0;
}

static int set_bool(struct row *r, size_t i, const struct json_value *v, struct err *why)
{
    bool yes = v->kind == SCAN_OTHER && v->n == 4 && !memcmp(v->p, "true", 4);
    if (!yes && !(v->kind == SCAN_OTHER && v->n == 5 && !memcmp(v->p, "false", 5)))
        return wrong(why, &r->batch->table->columns[i], v, "is neither true nor false");
    batch_set_bool(r->batch, i, yes);
    return 0;
}

/* --- the others ------------------------------------------------------------------------------------------------------------- */

static int set_text(struct row *r, size_t i, const struct json_value *v, struct err *why)
{
    const struct column *c = &r->batch->table->columns[i];
    if (v->kind != SCAN_TEXT)
        return wrong(why, c, v, "is no string");
    if (text_utf8_prefix(v->p, v->n) != v->n)
        return err_set(why, EINVAL, "column %s: the string is not UTF-8", c->name);
    struct str s = batch_intern(r->batch, v->p, v->n);
    if (s.n != v->n)
        return err_set(why, ENOMEM, "out of memory");
    batch_set_str(r->batch, i, s);
    return 0;
}

/* ".123456789" to nanoseconds; NULL when it is no fraction. */
static const char *fraction(const char *p, int64_t *ns)
{
    int64_t unit = NS_PER_S / 10;
    *ns = 0;
    if (*p != '.')
        return p;
    if (!isdigit((unsigned char)*++p))
        return NULL;
    for (; isdigit((unsigned char)*p); p++, unit /= 10)
        *ns += unit * (*p - '0');
    return p;
}

/* 2026-11-21T01:02:03[.fraction][Z] */
static bool read_time(const struct json_value *v, int64_t *out)
{
    char room[NUMBER_MAX];
    struct tm tm = {0};
    int64_t ns = 0;
    if (v->kind != SCAN_TEXT || v->n >= sizeof room)
        return false;
    memcpy(room, v->p, v->n);
    room[v->n] = '\0';
    if (strspn(room, "0123456789-T :.Z") != v->n) /* strptime is lenient about blanks and signs, the digits below are not */
        return false;
    const char *p = v->n >= 19 ? strptime(room, room[10] == ' ' ? "%Y-%m-%d %H:%M:%S" : "%Y-%m-%dT%H:%M:%S", &tm) : NULL;
    p = p ? fraction(p, &ns) : NULL;
    if (p && *p == 'Z')
        p++;
    if (!p || *p || tm.tm_year < 70 || tm.tm_year > 361)
        return false;
    *out = (int64_t)timegm(&tm) * NS_PER_S + ns;
    return true;
}

static int set_time(struct row *r, size_t i, const struct json_value *v, int64_t now, struct err *why)
{
    const struct column *c = &r->batch->table->columns[i];
    bool negative = false;
    uint64_t number;
    int64_t time = 0;
    if (whole(v, &negative, &number) && !negative && number < INT64_MAX)
        time = (int64_t)number;
    else if (!read_time(v, &time))
        return wrong(why, c, v, "is no time: write nanoseconds since 1970, or \"2026-11-21T01:02:03.5Z\"");
    if (!i && time <= 0)
        return wrong(why, c, v, "is no time that a row can have");
    if (!i && time > now && time - now > ahead_ns)
        return wrong(why, c, v, "is more than a day ahead of the agent's clock");
    batch_set_time(r->batch, i, time);
    return 0;
}

static int set_histogram(struct row *r, size_t i, const struct json_value *v, struct err *why)
{
    const struct column *c = &r->batch->table->columns[i];
    struct json_scan s = {(char *)(uintptr_t)v->p, (char *)(uintptr_t)v->p + v->n};
    uint64_t counts[HISTOGRAM_BUCKETS];
    size_t n = 0;
    bool negative = false, empty = false, good = json_take(&s, '[');
    empty = good && json_take(&s, ']');
    while (good && !empty) {
        struct json_value item;
        good = n < HISTOGRAM_BUCKETS && json_take_value(&s, &item) && whole(&item, &negative, &counts[n]) && !negative;
        n++;
        if (!good || !json_take(&s, ','))
            break;
    }
    if (!good || (!empty && !json_take(&s, ']')) || s.p != s.end)
        return wrong(why, c, v, "is no array of at most 80 counts");
    batch_set_histogram(r->batch, i, counts, n);
    return 0;
}

/* --- rows ------------------------------------------------------------------------------------------------------------------- */

static int set(struct row *r, size_t i, const struct json_value *v, int64_t now, struct err *why)
{
    if (v->kind == SCAN_NULL)
        return 0;
    switch (r->batch->table->columns[i].type) {
    case TYPE_BOOL: return set_bool(r, i, v, why);
    case TYPE_I32: return set_signed(r, i, v, INT32_MAX, why);
    case TYPE_I64: return set_signed(r, i, v, INT64_MAX, why);
    case TYPE_U16: return set_unsigned(r, i, v, UINT16_MAX, why);
    case TYPE_U32: return set_unsigned(r, i, v, UINT32_MAX, why);
    case TYPE_U64: return set_unsigned(r, i, v, UINT64_MAX, why);
    case TYPE_F64: return set_real(r, i, v, why);
    case TYPE_TEXT: return set_text(r, i, v, why);
    case TYPE_TIME: return set_time(r, i, v, now, why);
    case TYPE_HISTOGRAM: return set_histogram(r, i, v, why);
    case TYPE_COUNT: break;
    }
    return err_set(why, EINVAL, "a column of no type");
}

static bool is_column(const struct column *c, const struct json_value *key)
{
    return strlen(c->name) == key->n && !memcmp(c->name, key->p, key->n);
}

/* The column of that name; n_columns when there is none. */
static size_t find(const struct row *r, const struct json_value *key)
{
    const struct table *t = r->batch->table;
    if (r->next < t->n_columns && is_column(&t->columns[r->next], key))
        return r->next;
    for (size_t i = 0; i < t->n_columns; i++)
        if (is_column(&t->columns[i], key))
            return i;
    return t->n_columns;
}

static int unknown(const struct table *t, const struct json_value *key, struct err *why)
{
    struct text names = {0};
    for (size_t i = 0; i < t->n_columns && names.length < 400; i++)
        text_addf(&names, "%s%s", i ? ", " : "", t->columns[i].name);
    int shown = (int)text_utf8_prefix(key->p, key->n > SHOWN ? SHOWN : key->n);
    err_set(why, EINVAL, "%s has no column \"%.*s\"; its columns are %s", t->name, shown, key->p, names.bytes ? names.bytes : "");
    text_free(&names);
    return -EINVAL;
}

static int member(struct row *r, struct json_scan *s, int64_t now, struct err *why)
{
    const struct table *t = r->batch->table;
    struct json_value key, value;
    if (!json_take_value(s, &key) || key.kind != SCAN_TEXT || !json_take(s, ':') || !json_take_value(s, &value))
        return err_set(why, EINVAL, "it is no JSON object {\"column\":value,…}");
    size_t i = find(r, &key);
    if (i == t->n_columns)
        return unknown(t, &key, why);
    if (r->given >> i & 1)
        return err_set(why, EINVAL, "column %s is there twice", t->columns[i].name);
    r->given |= 1ULL << i;
    r->next = i + 1;
    return set(r, i, &value, now, why);
}

static int members(struct row *r, struct json_scan *s, int64_t now, struct err *why)
{
    if (!json_take(s, '{'))
        return err_set(why, EINVAL, "it is no JSON object {\"column\":value,…}");
    if (!json_take(s, '}')) {
        do {
            if (member(r, s, now, why))
                return -why->code;
        } while (json_take(s, ','));
        if (!json_take(s, '}'))
            return err_set(why, EINVAL, "the object does not end with }");
    }
    json_skip_blanks(s);
    return s->p == s->end ? 0 : err_set(why, EINVAL, "something follows the object");
}

/* The row that was added last goes again; what it has in the arena stays until the batch is cleared. */
static void withdraw(struct batch *b)
{
    uint32_t row = --b->rows;
    for (size_t i = 0; i < b->table->n_columns; i++)
        b->valid[i][row >> 6] &= ~(1ULL << (row & 63));
}

int row_json_add(struct batch *b, char *line, size_t n, int64_t now_utc_ns, struct err *why)
{
    struct row r = {.batch = b};
    struct json_scan s = {line, line + n};
    if (n > ROW_JSON_LINE_MAX)
        return err_set(why, E2BIG, "it is longer than %d bytes", ROW_JSON_LINE_MAX);
    if (!b->rows)
        b->born_mono_ns = clock_mono_ns();
    batch_add_row(b);
    int rc = members(&r, &s, now_utc_ns, why);
    if (rc)
        withdraw(b);
    else if (!batch_is_valid(b, 0, b->rows - 1))
        batch_set_time(b, 0, now_utc_ns);
    return rc;
}
