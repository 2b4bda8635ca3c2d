/* Crashes between the signal and the end of the thread: a row tells both. */
#pragma once
#include "collectors/collector.h"
#include "collectors/failures/failures.wire.h"

enum { CRASHES_PENDING = 256 };

struct crash_list {
    struct failures_crash *pending[CRASHES_PENDING]; /* owned, the text cut to its size; in the order of their times */
    size_t count;
};

/* Takes a record that was checked. One that has no end to wait for, and the oldest when there is no room, becomes a row at once. */
void crash_take(struct collector_ctx *ctx, struct crash_list *list, const struct failures_crash *e);
void crash_take_end(struct collector_ctx *ctx, struct crash_list *list, const struct failures_crash_end *e);
/* Makes rows of those whose end was lost: the process is gone. */
void crash_expire(struct collector_ctx *ctx, struct crash_list *list, int64_t now_boot_ns);
/* Makes rows of all that are left. */
void crash_flush(struct collector_ctx *ctx, struct crash_list *list);
