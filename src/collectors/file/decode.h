/* Records of the ring into rows of file_ops. */
#pragma once
#include "base/map.h"
#include "collectors/collector.h"
#include "collectors/file/io.h"
#include "collectors/file/paths.h"

struct file_state {
    struct text text;        /* scratch */
    struct path_rules rules; /* for what the kernel's filter could not decide */
    uint64_t flags;          /* words of the flags of the record before: most are like it */
    struct text flag_words;
    uint16_t flags_op;
    struct tally io;
    uint64_t missed[MISSED_COUNT]; /* counted so far by the kernel programs */
};

bool file_take_record(struct collector_ctx *ctx, const void *bytes, size_t size);
