#pragma once
#include "kernel/plan.h"

extern const struct kernel_plan process_plan;
