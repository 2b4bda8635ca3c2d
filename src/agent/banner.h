/* The words at the start: what is attached, how, where the data is, how to ask. On stderr. */
#pragma once
#include "agent/pipeline.h"
#include "agent/sandbox.h"
#include "agent/worker.h"

void banner_print(const struct worker_start *start, struct pipeline *p, const struct sandbox_report *sandbox, int64_t took_ns);
