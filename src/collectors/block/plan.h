#pragma once
#include "kernel/plan.h"

extern const struct kernel_plan block_plan;
