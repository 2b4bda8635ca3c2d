/* Shared by columns*.c only. */
#pragma once
#include "base/arena.h"
#include "objects/columns.h"
#include "objects/typed_inside.h"
#include "table/batch.h"

/* A record's own time that is further ahead of its reading is none. */
#define COLUMNS_AHEAD_NS (3600LL * 1000000000)
enum { COLUMNS_NAME_MAX = 63, COLUMNS_PATH_MAX = 512, COLUMNS_FIELDS_MAX = 4096 };

struct columns {
    struct table table;
    struct column columns[BATCH_MAX_COLUMNS];
    const char *paths[BATCH_MAX_COLUMNS]; /* the field: "flow.from" */
    bool zero_is_null[BATCH_MAX_COLUMNS]; /* an error or a signal: there was none */
    size_t n;
    const char *time_path; /* the field that is the row's time; NULL: none */
    const struct btf *btf;
    uint32_t type; /* 0: bytes */
    struct arena arena;
    struct text json; /* of an array, while it is walked */
};

struct columns_walk {
    struct columns *columns;
    const struct btf *btf;
    const struct typed_options *o;
    const char *of;                 /* "struct event" */
    unsigned depth, nested, fields; /* depth: of names; nested: also without */
    size_t left_out;
    bool no_memory;
};
