#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static enum log_level log_limit = LOG_INFO;
static const char *log_name;

void log_set_level(enum log_level level)
{
    log_limit = level;
}

void log_set_name(const char *name)
{
    log_name = name;
    if (getenv("SONDE_DEBUG"))
        log_limit = LOG_DEBUG;
}

void log_write(enum log_level level, const char *format, ...)
{
    static const char *const label[] = {"error: ", "warning: ", "", "debug: "};
    if (level > log_limit)
        return;
    char line[2048];
    int n = snprintf(line, sizeof line, "%s%s%s", log_name ? log_name : "", log_name ? ": " : "", label[level]);
    va_list ap;
    va_start(ap, format);
    int m = vsnprintf(line + n, sizeof line - (size_t)n - 1, format, ap);
    va_end(ap);
    size_t used = m < 0 ? (size_t)n : (size_t)n + (size_t)m;
    if (used > sizeof line - 2)
        used = sizeof line - 2;
    line[used++] = '\n';
    ssize_t written = write(STDERR_FILENO, line, used); /* one write: lines of two threads never mix */
    (void)written;
}
