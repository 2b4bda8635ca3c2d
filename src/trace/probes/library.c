/* The loader's cache, /etc/ld.so.cache. Source of the format: glibc, sysdeps/generic/dl-cache.h: a header with magic
 * "glibc-ld.so.cache1.1", a count at 20, entries of 24 bytes at 48: flags, offsets of the name and of the path from the header on. */
#include "trace/probes/binary.h"

#include <stdio.h>
#include <string.h>

static const char magic[] = "glibc-ld.so.cache1.1";

enum { HEADER_BYTES = 48, COUNT_AT = 20, ENTRY_BYTES = 24, FLAGS_X86_64 = 0x0300, FLAGS_MASK = 0xff00 };

static uint32_t u32_at(const char *p)
{
    uint32_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

/* A string inside the cache; "" when it is not. */
static const char *string_at(const char *cache, size_t n, uint32_t at)
{
    return at < n && memchr(cache + at, 0, n - at) ? cache + at : "";
}

/* "libc" is libc.so.6; "libssl.so" is libssl.so.3. */
static bool is_library(const char *name, const char *wanted)
{
    size_t n = strlen(wanted);
    if (strncmp(name, wanted, n))
        return false;
    return !name[n] || !strncmp(name + n, ".so", 3) || (n > 3 && strstr(wanted, ".so") && name[n] == '.');
}

void library_find(const char *cache, size_t n, const char *name, char *out, size_t size)
{
    out[0] = '\0';
    /* An old part may stand before the new one. */
    const char *start = n >= HEADER_BYTES ? memmem(cache, n, magic, sizeof magic - 1) : NULL;
    size_t left = start ? n - (size_t)(start - cache) : 0;
    uint32_t count = left >= HEADER_BYTES ? u32_at(start + COUNT_AT) : 0;
    for (uint32_t i = 0; i < count && HEADER_BYTES + (i + 1) * (size_t)ENTRY_BYTES <= left; i++) {
        const char *entry = start + HEADER_BYTES + i * (size_t)ENTRY_BYTES;
        if ((u32_at(entry) & FLAGS_MASK) != FLAGS_X86_64 || !is_library(string_at(start, left, u32_at(entry + 4)), name))
            continue;
        snprintf(out, size, "%s", string_at(start, left, u32_at(entry + 8)));
        return;
    }
}
