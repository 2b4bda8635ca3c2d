/* Pure parsers of /proc/<pid>/…: bytes in, values out. */
#include "identity/procfs.h"

#include <stdio.h>
#include <string.h>

struct cursor {
    const char *p, *end;
};

static void skip_blanks(struct cursor *c)
{
    while (c->p < c->end && (*c->p == ' ' || *c->p == '\t'))
        c->p++;
}

/* A decimal number; a minus is accepted and the value kept modulo 2^64. False at anything else. */
static bool take_number(struct cursor *c, uint64_t *v)
{
    skip_blanks(c);
    bool minus = c->p < c->end && *c->p == '-';
    const char *start = c->p += minus;
    for (*v = 0; c->p < c->end && *c->p >= '0' && *c->p <= '9'; c->p++)
        *v = *v * 10 + (uint64_t)(*c->p - '0');
    if (minus)
        *v = 0 - *v;
    return c->p > start;
}

static bool skip_numbers(struct cursor *c, unsigned count)
{
    uint64_t ignored;
    while (count--)
        if (!take_number(c, &ignored))
            return false;
    return true;
}

/* The name may hold anything, even ") R 1 (": it ends at the last parenthesis. */
static bool take_comm(struct cursor *c, char comm[16])
{
    skip_blanks(c);
    const char *close = c->p < c->end ? memrchr(c->p, ')', (size_t)(c->end - c->p)) : NULL;
    if (!close || *c->p != '(')
        return false;
    size_t n = (size_t)(close - c->p - 1);
    memset(comm, 0, 16);
    memcpy(comm, c->p + 1, n < 15 ? n : 15);
    c->p = close + 1;
    return true;
}

/* pid (comm) state ppid pgrp session tty_nr tpgid flags minflt … starttime is the 22nd. */
bool procfs_parse_stat(const char *bytes, size_t n, struct proc_stat *out)
{
    struct cursor c = {bytes, bytes + n};
    uint64_t pid, ppid, tty, start;
    if (!take_number(&c, &pid) || !take_comm(&c, out->comm))
        return false;
    skip_blanks(&c);
    if (c.p == c.end)
        return false;
    out->state = *c.p++;
    if (!take_number(&c, &ppid) || !skip_numbers(&c, 2) || !take_number(&c, &tty) || !skip_numbers(&c, 14) || !take_number(&c, &start))
        return false;
    out->pid = (uint32_t)pid;
    out->ppid = (uint32_t)ppid;
    out->tty_major = (uint32_t)tty >> 8 & 0xfff; /* new_encode_dev in include/linux/kdev_t.h */
    out->tty_minor = ((uint32_t)tty & 0xff) | ((uint32_t)tty >> 12 & 0xfff00);
    out->start_ticks = start;
    return true;
}

/* The rest of the line that starts with `key`. */
static bool find_line(const char *bytes, size_t n, const char *key, struct cursor *line)
{
    size_t length = strlen(key);
    for (const char *p = bytes, *end = bytes + n, *next; p < end; p = next) {
        const char *newline = memchr(p, '\n', (size_t)(end - p));
        next = newline ? newline + 1 : end;
        if ((size_t)(next - p) >= length && !memcmp(p, key, length)) {
            *line = (struct cursor){p + length, newline ? newline : end};
            return line->p <= line->end;
        }
    }
    return false;
}

bool procfs_parse_owner(const char *bytes, size_t n, uint32_t *uid, uint32_t *gid)
{
    struct cursor line;
    uint64_t u, g;
    if (!find_line(bytes, n, "Uid:", &line) || !take_number(&line, &u) || !find_line(bytes, n, "Gid:", &line) || !take_number(&line, &g))
        return false;
    *uid = (uint32_t)u;
    *gid = (uint32_t)g;
    return true;
}

void procfs_parse_args(const char *bytes, size_t n, struct text *out)
{
    size_t padding = 0;
    while (padding < n && bytes[n - 1 - padding] == '\0')
        padding++;
    n -= padding > 2 ? padding : padding > 0; /* a program that wrote its own title leaves many; "x ''" ends with two */
    for (size_t at = 0; at < n || (at == n && n && bytes[n - 1] == '\0');) {
        const char *nul = at < n ? memchr(bytes + at, '\0', n - at) : NULL;
        size_t length = nul ? (size_t)(nul - (bytes + at)) : n - at;
        if (at)
            text_addc(out, ' ');
        text_add_shell(out, bytes + at, length);
        at += length + 1;
    }
}

bool procfs_parse_cgroup(const char *bytes, size_t n, char *out, size_t size)
{
    static const char deleted[] = " (deleted)";
    struct cursor line;
    if (!find_line(bytes, n, "0::", &line))
        return false;
    size_t length = (size_t)(line.end - line.p), tail = sizeof deleted - 1;
    if (length > tail && !memcmp(line.end - tail, deleted, tail))
        length -= tail;
    if (!length || *line.p != '/' || length >= size)
        return false;
    memcpy(out, line.p, length);
    out[length] = '\0';
    return true;
}

/* Minors from `first` on are called name0, name1 … */
static const struct {
    uint32_t major, first;
    const char *name;
} ttys[] = {
    {4, 64, "ttyS"}, {4, 0, "tty"}, {166, 0, "ttyACM"}, {188, 0, "ttyUSB"}, {204, 64, "ttyAMA"}, {229, 0, "hvc"},
};

enum { PTS_FIRST = 136, PTS_LAST = 143 };

void procfs_tty_name(uint32_t major, uint32_t minor, char *out, size_t size)
{
    if (major == 0 && minor == 0) {
        snprintf(out, size, "%s", "");
    } else if (major >= PTS_FIRST && major <= PTS_LAST) {
        snprintf(out, size, "pts/%u", (major - PTS_FIRST) * 256 + minor);
    } else if (major == 5 && minor <= 2) {
        static const char *const names[] = {"tty", "console", "ptmx"};
        snprintf(out, size, "%s", names[minor]);
    } else {
        for (size_t i = 0; i < sizeof ttys / sizeof ttys[0]; i++)
            if (major == ttys[i].major && minor >= ttys[i].first) {
                snprintf(out, size, "%s%u", ttys[i].name, minor - ttys[i].first);
                return;
            }
        snprintf(out, size, "%u:%u", major, minor);
    }
}
