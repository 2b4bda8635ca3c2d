#include "cli/people.h"

#include "base/human.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

static bool ends_with(const char *name, const char *end)
{
    size_t n = strlen(name), k = strlen(end);
    return n > k && !strcmp(name + n - k, end);
}

enum people_kind people_kind_of(const char *name, const char *type)
{
    if (!strncmp(type, "TIMESTAMP", 9))
        return PEOPLE_TIME;
    bool number = strstr(type, "INT") && !strchr(type, '[');
    if (number && ends_with(name, "_ns"))
        return PEOPLE_DURATION;
    return number && ends_with(name, "_bytes") ? PEOPLE_BYTES : PEOPLE_AS_IS;
}

void people_add_heading(struct text *t, const char *name, enum people_kind kind)
{
    size_t n = strlen(name);
    text_add(t, name, kind == PEOPLE_DURATION ? n - strlen("_ns") : kind == PEOPLE_BYTES ? n - strlen("_bytes") : n);
}

static bool add_time(struct text *t, const char *p)
{
    struct tm utc = {0}, local, today;
    const char *rest = strptime(p, "%Y-%m-%dT%H:%M:%S", &utc);
    char words[32];
    if (!rest)
        return false;
    time_t at = timegm(&utc), now = time(NULL);
    localtime_r(&at, &local);
    localtime_r(&now, &today);
    bool same_day = local.tm_yday == today.tm_yday && local.tm_year == today.tm_year;
    strftime(words, sizeof words, same_day ? "%H:%M:%S" : "%Y-%m-%d %H:%M:%S", &local);
    size_t fraction = *rest == '.' ? strspn(rest + 1, "0123456789") : 0;
    text_addf(t, "%s.%.3s", words, fraction >= 3 ? rest + 1 : "000");
    return true;
}

static bool add_number(struct text *t, enum people_kind kind, const char *p)
{
    char *end;
    long long v = strtoll(p, &end, 10);
    if (*end || end == p || v < 0)
        return false;
    if (kind == PEOPLE_BYTES)
        human_bytes(t, (uint64_t)v);
    else
        human_duration(t, (uint64_t)v);
    return true;
}

void people_add(struct text *t, enum people_kind kind, const char *p, size_t n)
{
    char copy[64];
    bool done = false;
    if (kind != PEOPLE_AS_IS && n < sizeof copy) {
        memcpy(copy, p, n);
        copy[n] = '\0';
        done = kind == PEOPLE_TIME ? add_time(t, copy) : add_number(t, kind, copy);
    }
    if (!done)
        text_add(t, p, n);
}
