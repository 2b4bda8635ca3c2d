/* TCP connections and UDP flows, with what went wrong on them. */
#pragma once
#include "bpf/event.h"

struct kernel_plan;
extern const struct kernel_plan connections_plan;
