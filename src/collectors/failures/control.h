/* The worker's word to the kernel programs: which errors are counted, which system calls are looked at. */
#pragma once
#include "collectors/collector.h"
#include "collectors/failures/failures.wire.h"

/* By the option "errors" and by what the hooks of the unit leave to the system calls. */
void failures_control_fill(struct failures_control *c, const struct kernel_unit *unit, const struct config_section *config);
/* Hands it to the programs; until then they look at no system call. Does nothing when there is no kernel part. */
int failures_control_start(const struct collector_ctx *ctx, struct err *why);
