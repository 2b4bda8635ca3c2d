/* Files that tests of symbols/ build, in a folder of their own. */
#pragma once
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static char dir[] = "/tmp/sonde-symbols-XXXXXX";

/* Runs a command in the test's folder. */
static inline bool run(const char *format, ...) __attribute__((format(printf, 1, 2)));
static inline bool run(const char *format, ...)
{
    char command[4096], whole[8192];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(command, sizeof command, format, arguments);
    va_end(arguments);
    snprintf(whole, sizeof whole, "cd %s && { %s ; } >log 2>&1", dir, command);
    return system(whole) == 0;
}

static inline void write_file(const char *name, const char *text)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *f = fopen(path, "we");
    assert_non_null(f);
    fputs(text, f);
    assert_int_equal(fclose(f), 0);
}

static inline int make_folder(void **state)
{
    (void)state;
    return mkdtemp(dir) ? 0 : -1;
}

static inline int remove_folder(void **state)
{
    (void)state;
    return !run("rm -rf %s", dir);
}
