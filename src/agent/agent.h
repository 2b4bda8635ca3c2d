/* The daemon. */
#pragma once
#include "agent/options.h"

/* Runs until a signal or the end of `duration`. Returns the exit code: 0, or 1 when it could not start or failed (with words
 * on stderr). Its messages name the remedy. */
int agent_run(const struct agent_config *config);
