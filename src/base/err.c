#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int(err_set)(struct err *e, int code, const char *format, ...)
{
    if (e && !e->code) {
        e->code = code ? code : EINVAL;
        va_list ap;
        va_start(ap, format);
        vsnprintf(e->text, sizeof e->text, format, ap);
        va_end(ap);
    }
    return -(code ? code : EINVAL);
}

void err_clear(struct err *e)
{
    if (e) {
        e->code = 0;
        e->text[0] = '\0';
    }
}

int(err_prefix)(struct err *e, const char *format, ...)
{
    if (!e)
        return -EINVAL;
    char old[sizeof e->text];
    memcpy(old, e->text, sizeof old);
    va_list ap;
    va_start(ap, format);
    int n = vsnprintf(e->text, sizeof e->text, format, ap);
    va_end(ap);
    if (n >= 0 && (size_t)n < sizeof e->text)
        snprintf(e->text + n, sizeof e->text - (size_t)n, ": %s", old);
    return -(e->code ? e->code : EINVAL);
}

const char *err_name(int code)
{
    return strerrorname_np(code);
}
