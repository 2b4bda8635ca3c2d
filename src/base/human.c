#include "base/human.h"

#include "base/clock.h"

#include <inttypes.h>
#include <stdio.h>

void human_bytes(struct text *t, uint64_t bytes)
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    double v = (double)bytes;
    size_t unit = 0;
    for (; v >= 1023.95 && unit < 6; unit++)
        v /= 1024;
    text_addf(t, unit && v < 99.95 ? "%.1f %s" : "%.0f %s", v, units[unit]);
}

static void short_duration(struct text *t, uint64_t ns)
{
    static const struct {
        uint64_t ns;
        const char *name;
    } units[] = {{NS_PER_S, "s"}, {NS_PER_MS, "ms"}, {NS_PER_US, "us"}, {1, "ns"}};
    size_t i = 0;
    while (i < 3 && ns < units[i].ns)
        i++;
    double v = (double)ns / (double)units[i].ns;
    text_addf(t, units[i].ns > 1 && v < 9.95 ? "%.1f %s" : "%.0f %s", v, units[i].name);
}

/* "3h 12m", "3h" */
static void two_units(struct text *t, uint64_t v, uint64_t per, const char *major, const char *minor)
{
    text_addf(t, "%" PRIu64 "%s", v / per, major);
    if (v % per)
        text_addf(t, " %" PRIu64 "%s", v % per, minor);
}

void human_duration(struct text *t, uint64_t ns)
{
    uint64_t seconds = ns / NS_PER_S, minutes = seconds / 60, hours = minutes / 60;
    if (!minutes)
        short_duration(t, ns);
    else if (!hours)
        two_units(t, seconds, 60, "m", "s");
    else if (hours < 24)
        two_units(t, minutes, 60, "h", "m");
    else
        two_units(t, hours, 24, "d", "h");
}

void human_count(struct text *t, uint64_t n)
{
    char digits[24];
    int k = snprintf(digits, sizeof digits, "%" PRIu64, n);
    for (int i = 0; i < k; i++) {
        if (i && (k - i) % 3 == 0)
            text_addc(t, ',');
        text_addc(t, digits[i]);
    }
}

void human_rows(struct text *t, uint64_t n)
{
    human_count(t, n);
    text_adds(t, n == 1 ? " row" : " rows");
}
