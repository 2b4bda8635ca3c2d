#include "base/config_value.h"

#include "base/names.h"

#include <string.h>

struct unit {
    const char *name;
    uint64_t factor;
};

static const struct unit duration_units[] = {
    {"ns", 1}, {"us", 1000}, {"ms", 1000000}, {"s", 1000000000}, {"m", 60000000000u}, {"h", 3600000000000u}, {"d", 24 * 3600000000000u},
    {NULL, 0},
};

static const struct unit size_units[] = {
    {"", 1},         {"B", 1},          {"K", 1u << 10},   {"KiB", 1u << 10},   {"M", 1u << 20}, {"MiB", 1u << 20},
    {"G", 1u << 30}, {"GiB", 1u << 30}, {"T", 1ull << 40}, {"TiB", 1ull << 40}, {NULL, 0},
};

static const struct unit percent_units[] = {{"", 1000000}, {"%", 1000000}, {NULL, 0}};
static const struct unit plain_units[] = {{"", 1}, {NULL, 0}};

/* How each numeric type is written. */
static const struct grammar {
    const struct unit *units;
    bool combines; /* 1h30m */
    bool fraction; /* 1.5h */
    const char *is_not;
} grammars[] = {
    [CONFIG_NUMBER] = {plain_units, false, false, "is not a number; write digits only, like 100"},
    [CONFIG_DURATION] = {duration_units, true, true, "is not a duration; write a number and a unit (ms, s, m, h, d), like 24h"},
    [CONFIG_BYTES] = {size_units, false, true, "is not a size; write a number and a unit (K, M, G, T), like 512M"},
    [CONFIG_PERCENT] = {percent_units, false, true, "is not a percentage; write a number, like 0.5"},
};

enum parse_result { PARSE_OK, PARSE_BAD, PARSE_TOO_LARGE };

/* number = whole.fraction x factor; false on overflow of what a signed 64-bit number holds. */
static bool scale(uint64_t whole, uint64_t fraction, uint64_t fraction_unit, uint64_t factor, uint64_t *number)
{
    unsigned __int128 v = (unsigned __int128)whole * factor + (unsigned __int128)fraction * factor / fraction_unit + *number;
    if (v > INT64_MAX)
        return false;
    *number = (uint64_t)v;
    return true;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Digits at *p; false when they do not fit. */
static bool digits(const char **p, uint64_t *v)
{
    for (*v = 0; is_digit(**p); (*p)++)
        if (__builtin_mul_overflow(*v, 10, v) || __builtin_add_overflow(*v, (uint64_t)(**p - '0'), v))
            return false;
    return true;
}

/* Digits after the point; those beyond nine are ignored. */
static void fraction_digits(const char **p, uint64_t *v, uint64_t *unit)
{
    *v = 0;
    *unit = 1;
    for (; is_digit(**p); (*p)++)
        if (*unit < 1000000000) {
            *v = *v * 10 + (uint64_t)(**p - '0');
            *unit *= 10;
        }
}

static const struct unit *unit_at(const struct unit *units, const char *p)
{
    size_t n = strcspn(p, "0123456789. ");
    for (; units->name; units++)
        if (strlen(units->name) == n && !strncmp(units->name, p, n))
            return units;
    return NULL;
}

/* One number with its unit. */
static enum parse_result parse_term(const struct grammar *g, const char **p, uint64_t *number)
{
    uint64_t whole, fraction = 0, fraction_unit = 1;
    if (!is_digit(**p))
        return PARSE_BAD;
    if (!digits(p, &whole))
        return PARSE_TOO_LARGE;
    if (g->fraction && (*p)[0] == '.' && is_digit((*p)[1])) {
        ++*p;
        fraction_digits(p, &fraction, &fraction_unit);
    }
    if (**p == ' ' && (*p)[1])
        ++*p; /* "24 h" */
    const struct unit *unit = unit_at(g->units, *p);
    if (!unit)
        return PARSE_BAD;
    *p += strlen(unit->name);
    return scale(whole, fraction, fraction_unit, unit->factor, number) ? PARSE_OK : PARSE_TOO_LARGE;
}

static enum parse_result parse_number(const struct grammar *g, const char *text, uint64_t *number)
{
    *number = 0;
    if (g->combines && !strcmp(text, "0"))
        return PARSE_OK; /* no unit needed */
    enum parse_result r;
    do
        r = parse_term(g, &text, number);
    while (r == PARSE_OK && *text && g->combines);
    return r == PARSE_OK && *text ? PARSE_BAD : r;
}

static int refuse(const char *text, struct err *why, const char *format, const char *arg)
{
    struct text t = {0};
    names_add_quoted(&t, text);
    text_addc(&t, ' ');
    text_addf(&t, format, arg);
    int rc = err_set(why, EINVAL, "%s", t.bytes ? t.bytes : "");
    text_free(&t);
    return rc;
}

static int parse_limited(const struct config_option *o, const char *text, uint64_t *number, struct err *why)
{
    const struct grammar *g = &grammars[o->type];
    uint64_t limit;
    switch (parse_number(g, text, number)) {
    case PARSE_OK: break;
    case PARSE_BAD: return refuse(text, why, "%s", g->is_not);
    case PARSE_TOO_LARGE: return refuse(text, why, "is too large%s", "");
    }
    if (o->least && parse_number(g, o->least, &limit) == PARSE_OK && *number < limit)
        return refuse(text, why, "is too small; the least is %s", o->least);
    if (o->most && parse_number(g, o->most, &limit) == PARSE_OK && *number > limit)
        return refuse(text, why, "is too large; the most is %s", o->most);
    return 0;
}

static int parse_bool(const char *text, uint64_t *number, struct err *why)
{
    static const char *const words[] = {"no", "yes", "false", "true", "off", "on"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (!strcmp(words[i], text)) {
            *number = i & 1;
            return 0;
        }
    return refuse(text, why, "is neither yes nor no%s", "");
}

static const char *choice_at(const void *option, size_t i)
{
    return ((const struct config_option *)option)->choice(i);
}

static int check_choice(const struct config_option *o, const char *text, struct err *why)
{
    struct names names = {choice_at, o};
    if (!o->choice || names_have(names, text))
        return 0;
    struct text t = {0};
    text_adds(&t, "unknown value ");
    names_add_unknown(&t, names, text);
    text_adds(&t, "; valid values: ");
    names_join(&t, names);
    int rc = err_set(why, EINVAL, "%s", t.bytes ? t.bytes : "");
    text_free(&t);
    return rc;
}

int config_value_add(const struct config_option *o, const char *item, struct arena *arena, struct config_value *out, struct err *why)
{
    if (!*item)
        return err_set(why, EINVAL, "an item of the list is empty");
    int rc = check_choice(o, item, why);
    if (rc)
        return rc;
    if (out->n_items == CONFIG_LIST_CEILING)
        return err_set(why, E2BIG, "the list has more than %d items", CONFIG_LIST_CEILING);
    if (!(out->n_items & (out->n_items - 1))) { /* full at each power of two */
        const char **items = arena_alloc(arena, (out->n_items ? out->n_items * 2 : 1) * sizeof *items);
        if (!items)
            return err_set(why, ENOMEM, "out of memory");
        if (out->n_items)
            memcpy(items, out->items, out->n_items * sizeof *items);
        out->items = items;
    }
    char *copy = arena_copy(arena, item, strlen(item));
    if (!copy)
        return err_set(why, ENOMEM, "out of memory");
    out->items[out->n_items++] = copy;
    return 0;
}

/* "a, b,c" */
static int parse_list(const struct config_option *o, const char *text, struct arena *arena, struct config_value *out, struct err *why)
{
    for (const char *p = text;; p++) {
        p += strspn(p, " ");
        size_t n = strcspn(p, ","), trimmed = n;
        while (trimmed && p[trimmed - 1] == ' ')
            trimmed--;
        char *item = arena_copy(arena, p, trimmed);
        int rc = item ? config_value_add(o, item, arena, out, why) : err_set(why, ENOMEM, "out of memory");
        if (rc)
            return rc;
        p += n;
        if (!*p)
            return 0;
    }
}

static int parse_text(const struct config_option *o, const char *text, struct arena *arena, struct config_value *out, struct err *why)
{
    int rc = check_choice(o, text, why);
    if (rc)
        return rc;
    out->text = arena_copy(arena, text, strlen(text));
    return out->text ? 0 : err_set(why, ENOMEM, "out of memory");
}

int config_value_parse(const struct config_option *o, const char *text, struct arena *arena, struct config_value *out, struct err *why)
{
    switch (o->type) {
    case CONFIG_BOOL: return parse_bool(text, &out->number, why);
    case CONFIG_TEXT: return parse_text(o, text, arena, out, why);
    case CONFIG_LIST: return parse_list(o, text, arena, out, why);
    case CONFIG_NUMBER:
    case CONFIG_DURATION:
    case CONFIG_BYTES:
    case CONFIG_PERCENT: break;
    }
    return parse_limited(o, text, &out->number, why);
}
