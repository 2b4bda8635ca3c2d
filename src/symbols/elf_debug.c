/* Symbols that are kept elsewhere than in the file's own sections. */
#include "symbols/elf_inside.h"
#include "symbols/open.h"

#include <elf.h>
#include <lzma.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PACKED_CEILING = 32 * 1024 * 1024, UNPACKED_CEILING = 128 * 1024 * 1024, LZMA_MEMORY = 80 * 1024 * 1024 };

/* --- .gnu_debugdata: an ELF file with a .symtab, packed with xz ---------------------------------------------------- */

/* Runs the decoder into ever larger memory. NULL when the data are no good or too large. */
static unsigned char *unpack_stream(lzma_stream *z, size_t *n)
{
    unsigned char *out = NULL;
    size_t size = 256 * 1024;
    lzma_ret rc = LZMA_OK;
    while (rc == LZMA_OK && size <= UNPACKED_CEILING) {
        unsigned char *more = realloc(out, size);
        if (!more)
            break;
        out = more;
        z->next_out = out + z->total_out;
        z->avail_out = size - (size_t)z->total_out;
        rc = lzma_code(z, LZMA_FINISH);
        size *= 2;
    }
    *n = (size_t)z->total_out;
    if (rc == LZMA_STREAM_END)
        return out;
    free(out);
    return NULL;
}

static unsigned char *unpack(const void *packed, size_t size, size_t *n)
{
    lzma_stream z = LZMA_STREAM_INIT;
    if (lzma_stream_decoder(&z, LZMA_MEMORY, 0) != LZMA_OK)
        return NULL;
    z.next_in = packed;
    z.avail_in = size;
    unsigned char *out = unpack_stream(&z, n);
    lzma_end(&z);
    return out;
}

static bool add_symtab(struct elf_builder *b, const struct image *i)
{
    const struct image_section *symbols = image_section_of_type(i, SHT_SYMTAB);
    if (symbols)
        elf_add_symbols(b, i, symbols);
    return symbols;
}

bool elf_add_debugdata(struct elf_builder *b, const struct image *i)
{
    const struct image_section *s = image_section_named(i, ".gnu_debugdata");
    void *packed = s ? image_read_section(i, s, PACKED_CEILING) : NULL;
    size_t n = 0;
    unsigned char *bytes = packed ? unpack(packed, s->size, &n) : NULL;
    const struct image_source source = {.bytes = bytes, .fd = -1, .size = n};
    struct image inner = {0};
    bool found = bytes && !image_open(&inner, &source, ".gnu_debugdata", NULL) && add_symtab(b, &inner);
    image_close(&inner);
    free(bytes);
    free(packed);
    return found;
}

/* --- /usr/lib/debug/.build-id/ab/cdef….debug ----------------------------------------------------------------------- */

static int open_debug_file(const struct image *i, int root)
{
    char path[256];
    int n = snprintf(path, sizeof path, "usr/lib/debug/.build-id/%02x/", i->build_id[0]);
    for (size_t k = 1; k < i->build_id_size && n > 0 && (size_t)n < sizeof path; k++)
        n += snprintf(path + n, sizeof path - (size_t)n, "%02x", i->build_id[k]);
    if (n < 0 || (size_t)n + sizeof ".debug" > sizeof path)
        return -1;
    memcpy(path + n, ".debug", sizeof ".debug");
    return open_below(root, path);
}

static bool is_same_build(const struct image *a, const struct image *b)
{
    return a->build_id_size == b->build_id_size && !memcmp(a->build_id, b->build_id, a->build_id_size);
}

static bool add_from(struct elf_builder *b, const struct image *i, int fd)
{
    struct stat st;
    struct image debug = {0};
    if (fstat(fd, &st) || !S_ISREG(st.st_mode))
        return false;
    const struct image_source source = {.fd = fd, .size = (uint64_t)st.st_size};
    bool found = !image_open(&debug, &source, "the debug file", NULL) && is_same_build(i, &debug) && add_symtab(b, &debug);
    image_close(&debug);
    return found;
}

bool elf_add_debug_file(struct elf_builder *b, const struct image *i, int root)
{
    if (i->build_id_size < 2)
        return false;
    int fd = open_debug_file(i, root);
    bool found = fd >= 0 && add_from(b, i, fd);
    if (fd >= 0)
        close(fd);
    return found;
}
