/* Whatever a program's notes of static probes, or the loader's cache, say: what is found lies within. */
#include "trace/probes/binary.h"
#include "trace/probes/static_probe.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct file {
    const char *bytes;
    size_t n;
};

static void read_arguments(const char *text)
{
    struct static_argument a;
    uint32_t n = static_argument_count(text);
    for (uint32_t i = 0; i < n && i < 32; i++)
        if (static_argument_parse(text, i, &a) && a.size != 1 && a.size != 2 && a.size != 4 && a.size != 8)
            abort();
    if (static_argument_parse(text, n, &a))
        abort();
}

static bool look(void *arg, const struct static_probe *p)
{
    const struct file *f = arg;
    if (p->arguments < f->bytes || p->arguments + strlen(p->arguments) >= f->bytes + f->n || p->offset >= f->n)
        abort();
    read_arguments(p->arguments);
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[256];
    char *text = malloc(size + 1);
    if (!text)
        return 0;
    if (size)
        memcpy(text, data, size);
    text[size] = '\0';
    read_arguments(text);
    struct file f = {text, size};
    static_probes_each(text, size, look, &f);
    library_find(text, size, "libc", path, sizeof path);
    free(text);
    return 0;
}
