/* The worker's word to the kernel programs: filters, the agent's own processes, and the table of system calls that starts them. */
#pragma once
#include "collectors/collector.h"
#include "collectors/file/paths.h"

/* Fills the maps of the unit. Until it has returned 0 the programs look at nothing, so no event passes a filter that is half
 * filled. Does nothing when there is no kernel part. */
int file_control_start(const struct collector_ctx *ctx, const struct path_rules *rules, struct err *why);
