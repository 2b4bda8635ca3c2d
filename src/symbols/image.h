/* An ELF file's own tables: sections, segments, build id (elf(5)). 32 and 64 bits, this machine's byte order. Used within symbols/ only.
 *
 * Files are outside bytes, and others may cut them while they are read: they are read, never mapped, and every size is checked against
 * the file's and a ceiling before anything is allocated. Not libelf: it allocates by what headers claim. */
#pragma once
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { IMAGE_MAX_SECTIONS = 65536, IMAGE_MAX_SEGMENTS = 1024, IMAGE_MAX_BUILD_ID = 64 };

/* Where bytes come from: memory, or a file when bytes is NULL. */
struct image_source {
    const unsigned char *bytes;
    int fd;
    uint64_t size;
};

struct image_section {
    const char *name; /* "" when it has none */
    uint32_t type, link, info;
    uint64_t flags, address, offset, size, item;
};

struct image_segment {
    uint32_t type, flags;
    uint64_t offset, address, file_size, memory_size, alignment;
};

struct image {
    struct image_source source;
    bool is_64;
    uint16_t machine;
    struct image_section *sections;
    uint32_t n_sections;
    struct image_segment *segments;
    uint32_t n_segments;
    char *names;
    unsigned char build_id[IMAGE_MAX_BUILD_ID];
    size_t build_id_size; /* 0: it has none */
};

/* Exactly n bytes. False at the end of the file, or when it cannot be read. */
bool image_source_read(const struct image_source *s, uint64_t at, void *to, size_t n);

/* The source is borrowed. `name` stands for the file in words. 0 or -errno with words; either way image_close is right. */
int image_open(struct image *i, const struct image_source *source, const char *name, struct err *why);
void image_close(struct image *i);

/* NULL when there is none. */
const struct image_section *image_section_of_type(const struct image *i, uint32_t type);
const struct image_section *image_section_named(const struct image *i, const char *name);
/* Reads a section's bytes, with a NUL behind. NULL when it has none, or more than `ceiling`; the caller frees. */
void *image_read_section(const struct image *i, const struct image_section *s, size_t ceiling);
