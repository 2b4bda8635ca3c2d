#include "symbols/strings.h"

#include <stdlib.h>
#include <string.h>

void strings_init(struct strings *s, size_t ceiling)
{
    *s = (struct strings){.ceiling = ceiling < UINT32_MAX ? ceiling : UINT32_MAX};
}

void strings_free(struct strings *s)
{
    free(s->bytes);
    *s = (struct strings){.ceiling = s->ceiling};
}

static bool grow(struct strings *s, size_t wanted)
{
    size_t size = s->size + s->size / 2;
    if (wanted <= s->size)
        return true;
    if (wanted > s->ceiling)
        return false;
    size = size < wanted ? wanted : size;
    size = size > s->ceiling ? s->ceiling : size < 4096 ? 4096 : size;
    char *more = realloc(s->bytes, size);
    if (!more)
        return false;
    s->bytes = more;
    s->size = size;
    return true;
}

uint32_t strings_reserve(struct strings *s, size_t n)
{
    size_t begin = s->used ? s->used : 1;
    if (n > s->ceiling || !grow(s, begin + n + 1)) {
        s->failed = true;
        return 0;
    }
    s->bytes[0] = '\0';
    s->bytes[begin + n] = '\0';
    s->used = begin + n + 1;
    return (uint32_t)begin;
}

uint32_t strings_add(struct strings *s, const char *bytes, size_t n)
{
    uint32_t at = strings_reserve(s, n);
    if (at)
        memcpy(s->bytes + at, bytes, n);
    return at;
}

void strings_make_printable(char *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (bytes[i] == 127 || ((unsigned char)bytes[i] < 32 && bytes[i]))
            bytes[i] = '?';
}

int strings_compare_names(const char *a, const char *b)
{
    size_t a_underscores = strspn(a, "_"), b_underscores = strspn(b, "_");
    if (a_underscores != b_underscores)
        return a_underscores < b_underscores ? -1 : 1;
    size_t a_length = strlen(a), b_length = strlen(b);
    if (a_length != b_length)
        return a_length < b_length ? -1 : 1;
    return strcmp(a, b);
}
