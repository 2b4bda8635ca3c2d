/* Lines of /proc/self/mountinfo (proc_pid_mountinfo(5)):
 *   36 35 98:0 /root /mount/point rw,noatime master:1 - type source options */
#include "identity/internal.h"

#include <string.h>

struct span {
    const char *p;
    size_t n;
};

/* Cuts the next space-separated field off; empty at the end. */
static struct span field(struct span *line)
{
    while (line->n && *line->p == ' ') {
        line->p++;
        line->n--;
    }
    const char *space = line->n ? memchr(line->p, ' ', line->n) : NULL;
    struct span f = {line->p, space ? (size_t)(space - line->p) : line->n};
    line->p += f.n;
    line->n -= f.n;
    return f;
}

static bool is(struct span f, const char *word)
{
    return f.n == strlen(word) && !memcmp(f.p, word, f.n);
}

static bool octal(const char *p, size_t n, char *c)
{
    if (n < 4 || p[0] != '\\' || p[1] < '0' || p[1] > '3' || p[2] < '0' || p[2] > '7' || p[3] < '0' || p[3] > '7')
        return false;
    *c = (char)((p[1] - '0') << 6 | (p[2] - '0') << 3 | (p[3] - '0'));
    return true;
}

/* Spaces and the like are written as \040. */
static bool unescape(struct span f, char *out, size_t size)
{
    size_t n = 0;
    for (size_t i = 0; i < f.n; n++) {
        if (n + 1 >= size)
            return false;
        if (octal(f.p + i, f.n - i, &out[n]))
            i += 4;
        else
            out[n] = f.p[i++];
    }
    out[n] = '\0';
    return n > 0;
}

static bool is_cgroup2(struct span line, struct span *point)
{
    for (int i = 0; i < 4; i++)
        field(&line);
    *point = field(&line);
    struct span f;
    do
        f = field(&line);
    while (f.n && !is(f, "-"));
    return f.n && is(field(&line), "cgroup2");
}

bool cgroups_parse_mount(const char *bytes, size_t n, char *out, size_t size)
{
    for (const char *p = bytes, *end = bytes + n, *next; p < end; p = next) {
        const char *newline = memchr(p, '\n', (size_t)(end - p));
        next = newline ? newline + 1 : end;
        struct span point;
        if (is_cgroup2((struct span){p, (size_t)((newline ? newline : end) - p)}, &point))
            return unescape(point, out, size);
    }
    return false;
}
