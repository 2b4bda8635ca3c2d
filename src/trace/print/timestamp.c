#include "base/clock.h"
#include "trace/print/names.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

static int64_t utc_of(uint64_t ns, enum print_clock clock)
{
    if (clock == CLOCK_OF_BOOT)
        return (int64_t)(ns + (uint64_t)(clock_utc_ns() - clock_boot_ns()));
    if (clock == CLOCK_OF_MONOTONIC)
        return (int64_t)(ns + (uint64_t)(clock_utc_ns() - clock_mono_ns()));
    return (int64_t)ns;
}

/* strftime's format with the microseconds in the places of %f. */
static void put_microseconds(const char *format, int64_t within_ns, struct text *out)
{
    for (; *format; format++) {
        text_addc(out, *format);
        if (*format != '%' || !format[1])
            continue;
        format++;
        if (*format == 'f') {
            out->length--; /* the percent sign */
            text_addf(out, "%06lld", (long long)(within_ns / NS_PER_US));
        } else {
            text_addc(out, *format);
        }
    }
}

void name_timestamp(const char *format, uint64_t ns, enum print_clock clock, struct text *out)
{
    int64_t utc = utc_of(ns, clock), part = utc % NS_PER_S, within = part < 0 ? part + NS_PER_S : part;
    time_t seconds = (time_t)(utc / NS_PER_S - (part < 0));
    struct tm tm = {0};
    struct text whole = {.ceiling = TIMESTAMP_MAX};
    char *room = malloc(TIMESTAMP_MAX);
    put_microseconds(format, within, &whole);
    if (room && whole.length && !whole.full && localtime_r(&seconds, &tm))
        text_add(out, room, strftime(room, TIMESTAMP_MAX, whole.bytes, &tm));
    free(room);
    text_free(&whole);
}
