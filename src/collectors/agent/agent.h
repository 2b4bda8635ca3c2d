/* The agent's rows about itself: losses now, more later. Always on; the pipeline fills it. */
#pragma once
#include "collectors/collector.h"

extern const struct table table_agent_losses;
enum { LOSS_TIME, LOSS_PLACE, LOSS_REASON, LOSS_COUNT, LOSS_COLUMNS };
