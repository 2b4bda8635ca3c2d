/* What writing and reading of records share. */
#pragma once
#include "store/record.h"

#include <stddef.h>
#include <zlib.h>

enum { RECORD_MAGIC = 0x314a5253 /* "SRJ1" */ };

struct record_head {
    uint32_t magic, bytes, crc, rows;
    uint64_t number;
    uint32_t shape_bytes, zero;
};
_Static_assert(sizeof(struct record_head) == 32, "a multiple of 8 without holes");

static inline size_t record_padded(size_t n)
{
    return (n + 7) & ~(size_t)7;
}

static inline uint32_t record_crc(const void *record, size_t bytes)
{
    size_t from = offsetof(struct record_head, rows);
    return (uint32_t)crc32_z(0, (const uint8_t *)record + from, bytes - from);
}
