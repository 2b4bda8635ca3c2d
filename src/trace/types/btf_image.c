#include "trace/types/btf_image.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { IMAGE_MAX_BYTES = 1 << 28 };

struct btf_image {
    const struct btf_image *base;
    const char *types, *strings;
    uint32_t types_length, strings_length, strings_first;
    uint32_t first, count;
    uint32_t *offsets;   /* of own types */
    void *mapped, *read; /* one of them, or none */
    size_t size;
};

/* Bytes of a type behind its struct btf_type; -1: a kind that is not known. */
static int64_t tail_bytes(const struct btf_type *b)
{
    uint32_t n = btf_vlen(b);
    switch (btf_kind(b)) {
    case BTF_KIND_INT:
    case BTF_KIND_VAR:
    case BTF_KIND_DECL_TAG: return 4;
    case BTF_KIND_ARRAY: return sizeof(struct btf_array);
    case BTF_KIND_STRUCT:
    case BTF_KIND_UNION: return (int64_t)n * (int64_t)sizeof(struct btf_member);
    case BTF_KIND_ENUM: return (int64_t)n * (int64_t)sizeof(struct btf_enum);
    case BTF_KIND_ENUM64: return (int64_t)n * (int64_t)sizeof(struct btf_enum64);
    case BTF_KIND_FUNC_PROTO: return (int64_t)n * (int64_t)sizeof(struct btf_param);
    case BTF_KIND_DATASEC: return (int64_t)n * (int64_t)sizeof(struct btf_var_secinfo);
    case BTF_KIND_PTR:
    case BTF_KIND_FWD:
    case BTF_KIND_TYPEDEF:
    case BTF_KIND_VOLATILE:
    case BTF_KIND_CONST:
    case BTF_KIND_RESTRICT:
    case BTF_KIND_FUNC:
    case BTF_KIND_FLOAT:
    case BTF_KIND_TYPE_TAG: return 0;
    default: return -1;
    }
}

/* Notes where each type begins, up to the first that is not known or not whole. */
static bool walk(struct btf_image *b)
{
    uint32_t room = b->types_length / 24 + 16, at = 0, n = 0;
    b->offsets = malloc(room * sizeof *b->offsets);
    if (!b->offsets)
        return false;
    while (b->types_length - at >= sizeof(struct btf_type)) {
        int64_t tail = tail_bytes((const struct btf_type *)(b->types + at));
        if (tail < 0 || tail > (int64_t)(b->types_length - at - sizeof(struct btf_type)))
            break;
        if (n == room) {
            uint32_t *more = realloc(b->offsets, (room *= 2) * sizeof *more);
            if (!more)
                return false;
            b->offsets = more;
        }
        b->offsets[n++] = at;
        at += (uint32_t)sizeof(struct btf_type) + (uint32_t)tail;
    }
    b->count = b->first + n;
    return true;
}

static bool inside(uint32_t offset, uint32_t length, size_t size)
{
    return offset <= size && length <= size - offset;
}

static bool read_header(struct btf_image *b, const char *bytes, size_t size)
{
    struct btf_header h;
    if (size < sizeof h || size > IMAGE_MAX_BYTES)
        return false;
    memcpy(&h, bytes, sizeof h);
    if (h.magic != BTF_MAGIC || h.version != BTF_VERSION || h.hdr_len < sizeof h || h.hdr_len > size)
        return false;
    size_t rest = size - h.hdr_len;
    if (h.hdr_len % 4 || h.type_off % 4 || !inside(h.type_off, h.type_len, rest) || !inside(h.str_off, h.str_len, rest))
        return false;
    b->types = bytes + h.hdr_len + h.type_off;
    b->types_length = h.type_len;
    b->strings = bytes + h.hdr_len + h.str_off;
    b->strings_length = h.str_len;
    return !h.str_len || b->strings[h.str_len - 1] == '\0';
}

static bool start(struct btf_image *b, const void *bytes, size_t size, const struct btf_image *base)
{
    b->base = base;
    b->first = base ? base->count : 1;
    b->strings_first = base ? base->strings_first + base->strings_length : 0;
    return read_header(b, bytes, size) && walk(b);
}

struct btf_image *btf_image_of_bytes(const void *bytes, size_t size, const struct btf_image *base)
{
    struct btf_image *b = calloc(1, sizeof *b);
    if (b && start(b, bytes, size, base))
        return b;
    btf_image_close(b);
    errno = EINVAL;
    return NULL;
}

static bool read_all(struct btf_image *b, int fd)
{
    size_t used = 0;
    b->read = malloc(b->size);
    while (b->read && used < b->size) {
        ssize_t n = read(fd, (char *)b->read + used, b->size - used);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        used += (size_t)n;
    }
    return b->read;
}

/* Mapped where the kernel can (since 6.16), else read. */
static bool fetch(struct btf_image *b, int fd)
{
    struct stat st;
    if (fstat(fd, &st) || st.st_size <= 0 || st.st_size > IMAGE_MAX_BYTES)
        return false;
    b->size = (size_t)st.st_size;
    void *mapped = mmap(NULL, b->size, PROT_READ, MAP_PRIVATE, fd, 0);
    b->mapped = mapped == MAP_FAILED ? NULL : mapped;
    return b->mapped || read_all(b, fd);
}

struct btf_image *btf_image_open(const char *path, const struct btf_image *base)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct btf_image *b = fd >= 0 ? calloc(1, sizeof *b) : NULL;
    bool ok = b && fetch(b, fd) && start(b, b->mapped ? b->mapped : b->read, b->size, base);
    if (fd >= 0)
        close(fd);
    if (ok)
        return b;
    btf_image_close(b);
    return NULL;
}

void btf_image_close(struct btf_image *b)
{
    if (!b)
        return;
    if (b->mapped)
        munmap(b->mapped, b->size);
    free(b->read);
    free(b->offsets);
    free(b);
}

uint32_t btf_image_count(const struct btf_image *b)
{
    return b->count;
}

uint32_t btf_image_first(const struct btf_image *b)
{
    return b->first;
}

const struct btf_type *btf_image_type(const struct btf_image *b, uint32_t id)
{
    while (b->base && id < b->first)
        b = b->base;
    return id >= b->first && id < b->count ? (const struct btf_type *)(b->types + b->offsets[id - b->first]) : NULL;
}

const char *btf_image_name(const struct btf_image *b, uint32_t offset)
{
    while (b->base && offset < b->strings_first)
        b = b->base;
    return offset - b->strings_first < b->strings_length ? b->strings + (offset - b->strings_first) : "";
}
