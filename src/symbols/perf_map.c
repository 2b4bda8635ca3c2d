#include "symbols/perf_map.h"

#include "base/span.h"
#include "symbols/open.h"
#include "symbols/process.h"
#include "symbols/strings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct entry {
    uint64_t address;
    uint32_t size, name, order;
};

struct perf_map {
    struct entry *entries;
    size_t n, size;
    struct strings names;
};

static bool cut_hex(struct span *from, uint64_t *v)
{
    struct span word = span_word(from);
    if (span_starts(word, "0x"))
        word.p += 2;
    *v = 0;
    for (const char *p = word.p; p < word.end; p++) {
        int c = *p | 0x20, digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
        if (digit < 0 || *v >> 60)
            return false;
        *v = *v << 4 | (unsigned)digit;
    }
    return span_length(word) > 0;
}

static bool add(struct perf_map *m, const struct entry *e)
{
    if (m->n == m->size) {
        size_t size = m->size ? m->size * 2 : 256;
        struct entry *more = size <= PERF_MAP_MAX ? realloc(m->entries, size * sizeof *more) : NULL;
        if (!more)
            return false;
        m->entries = more;
        m->size = size;
    }
    m->entries[m->n++] = *e;
    return true;
}

static bool read_line(struct perf_map *m, struct span line)
{
    uint64_t address, size;
    if (!cut_hex(&line, &address) || !cut_hex(&line, &size) || !size || size > UINT32_MAX || address + size < address)
        return true;
    while (line.p < line.end && *line.p == ' ')
        line.p++;
    const char *nul = memchr(line.p, '\0', span_length(line));
    size_t n = nul ? (size_t)(nul - line.p) : span_length(line);
    const struct entry e = {address, (uint32_t)size, n ? strings_add(&m->names, line.p, n) : 0, (uint32_t)m->n};
    if (e.name)
        strings_make_printable(m->names.bytes + e.name, n);
    return !e.name || add(m, &e);
}

static int by_address(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    if (x->address != y->address)
        return x->address < y->address ? -1 : 1;
    return (x->order > y->order) - (x->order < y->order);
}

struct perf_map *perf_map_create(const char *bytes, size_t n)
{
    struct perf_map *m = calloc(1, sizeof *m);
    struct span text = span_of(bytes, n), line;
    if (!m)
        return NULL;
    strings_init(&m->names, SYMBOLS_PERF_MAP_BYTES);
    while (span_line(&text, &line) && read_line(m, line))
        continue;
    if (m->n) {
        qsort(m->entries, m->n, sizeof *m->entries, by_address);
        return m;
    }
    perf_map_destroy(m);
    return NULL;
}

void perf_map_destroy(struct perf_map *m)
{
    if (!m)
        return;
    free(m->entries);
    strings_free(&m->names);
    free(m);
}

size_t perf_map_bytes(const struct perf_map *m)
{
    return m ? sizeof *m + m->size * sizeof *m->entries + m->names.size : 0;
}

/* Functions seldom overlap, unless one came in place of others: farther back than this nobody looks. */
enum { OVERLAPPING = 16 };

bool perf_map_find(const struct perf_map *m, uint64_t address, struct symbol *out)
{
    const struct entry *best = NULL;
    size_t low = 0, high = m->n;
    while (low < high) { /* the first behind the address */
        size_t middle = low + (high - low) / 2;
        if (m->entries[middle].address <= address)
            low = middle + 1;
        else
            high = middle;
    }
    for (size_t steps = 0; low-- > 0 && steps < OVERLAPPING; steps++) {
        const struct entry *e = &m->entries[low];
        if (address - e->address < e->size && (!best || e->order > best->order))
            best = e;
    }
    if (best)
        *out = (struct symbol){strings_at(&m->names, best->name), "[jit]", address - best->address, false};
    return best;
}

/* --- of a process ------------------------------------------------------------------------------------------------ */

/* Its pid as it knows it itself, and its effective user: "NSpid:	1234	7", "Uid:	1000	1000	1000	1000". */
static bool read_status(unsigned pid, uint64_t *own_pid, uint64_t *uid)
{
    char path[64], line[256];
    bool has_pid = false, has_uid = false;
    snprintf(path, sizeof path, "/proc/%u/status", pid);
    FILE *f = fopen(path, "re");
    while (f && fgets(line, sizeof line, f)) {
        struct span s = span_of(line, strcspn(line, "\n"));
        struct span key = span_word(&s);
        uint64_t users[2], one;
        while (span_is(key, "NSpid:") && span_u64(&s, &one)) {
            *own_pid = one; /* the last is that of the innermost namespace */
            has_pid = true;
        }
        if (span_is(key, "Uid:") && span_numbers(&s, users, 2)) {
            *uid = users[1];
            has_uid = true;
        }
    }
    if (f)
        fclose(f);
    *own_pid = has_pid ? *own_pid : pid;
    return has_uid;
}

static int open_map(unsigned pid)
{
    char path[64];
    uint64_t own_pid = 0, uid = 0;
    struct stat st;
    if (!read_status(pid, &own_pid, &uid))
        return -1;
    int root = open_root(pid);
    snprintf(path, sizeof path, "/tmp/perf-%llu.map", (unsigned long long)own_pid);
    int fd = root >= 0 ? open_below(root, path) : -1;
    if (root >= 0)
        close(root);
    if (fd < 0 || (!fstat(fd, &st) && S_ISREG(st.st_mode) && (st.st_uid == uid || !st.st_uid) && st.st_size <= SYMBOLS_PERF_MAP_BYTES))
        return fd;
    close(fd);
    return -1;
}

static struct perf_map *read_all(int fd)
{
    struct stat st;
    size_t n = 0;
    ssize_t got = 1;
    char *bytes = fstat(fd, &st) ? NULL : malloc((size_t)st.st_size + 1);
    while (bytes && n < (size_t)st.st_size && (got = read(fd, bytes + n, (size_t)st.st_size - n)) > 0)
        n += (size_t)got;
    struct perf_map *m = bytes ? perf_map_create(bytes, n) : NULL;
    free(bytes);
    return m;
}

struct perf_map *perf_map_read(unsigned pid)
{
    int fd = open_map(pid);
    struct perf_map *m = fd >= 0 ? read_all(fd) : NULL;
    if (fd >= 0)
        close(fd);
    return m;
}
