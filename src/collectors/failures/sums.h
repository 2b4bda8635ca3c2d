/* What the kernel's tallies have summed up, as rows. */
#pragma once
#include "collectors/failures/decode.h"

/* Makes rows of what came together in the interval that ended at the last call. */
void failures_turn(struct collector_ctx *ctx, int64_t now_boot_ns);
