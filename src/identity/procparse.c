/* Pure parsers of /proc/<pid>/…: bytes in, values out. */
#include "base/span.h"
#include "identity/procfs.h"

#include <stdio.h>
#include <string.h>

/* The name may hold anything, even ") R 1 (": it ends at the last parenthesis. */
static bool take_comm(struct span *s, char comm[16])
{
    const char *open = memchr(s->p, '(', span_length(*s)), *close = memrchr(s->p, ')', span_length(*s));
    if (!open || !close || close < open)
        return false;
    size_t n = (size_t)(close - open - 1);
    memset(comm, 0, 16);
    memcpy(comm, open + 1, n < 15 ? n : 15);
    s->p = close + 1;
    return true;
}

/* pid (comm) state ppid pgrp session tty_nr tpgid flags minflt … starttime is the 22nd. */
bool procfs_parse_stat(const char *bytes, size_t n, struct proc_stat *out)
{
    struct span s = span_of(bytes, n), word;
    uint64_t pid, ppid, tty, start, skipped[14];
    if (!span_u64(&s, &pid) || !take_comm(&s, out->comm))
        return false;
    word = span_word(&s);
    if (span_length(word) != 1)
        return false;
    out->state = *word.p;
    if (!span_u64(&s, &ppid) || !span_numbers(&s, skipped, 2) || !span_u64(&s, &tty) || !span_numbers(&s, skipped, 14) ||
        !span_u64(&s, &start))
        return false;
    out->pid = (uint32_t)pid;
    out->ppid = (uint32_t)ppid;
    out->tty_major = (uint32_t)tty >> 8 & 0xfff; /* new_encode_dev in include/linux/kdev_t.h */
    out->tty_minor = ((uint32_t)tty & 0xff) | ((uint32_t)tty >> 12 & 0xfff00);
    out->start_ticks = start;
    return true;
}

/* The rest of the line that starts with `key`. */
static bool find_line(const char *bytes, size_t n, const char *key, struct span *line)
{
    struct span all = span_of(bytes, n);
    while (span_line(&all, line))
        if (span_starts(*line, key)) {
            line->p += strlen(key);
            return true;
        }
    return false;
}

bool procfs_parse_owner(const char *bytes, size_t n, uint32_t *uid, uint32_t *gid)
{
    struct span line;
    uint64_t u, g;
    if (!find_line(bytes, n, "Uid:", &line) || !span_u64(&line, &u) || !find_line(bytes, n, "Gid:", &line) || !span_u64(&line, &g))
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
    struct span line;
    if (!find_line(bytes, n, "0::", &line))
        return false;
    size_t length = span_length(line), tail = sizeof deleted - 1;
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
