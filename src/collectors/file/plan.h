#pragma once
#include "kernel/plan.h"

extern const struct kernel_plan file_plan;
/* The option that a path prefix or command name comes from is wrong: too long, or no absolute path. */
int file_check_options(const struct config_section *config, struct err *why);
