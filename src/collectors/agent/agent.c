#include "collectors/agent/agent.h"

static const struct column loss_columns[] = {
    [LOSS_TIME] = COLUMN_TIME("when the loss was noticed, at most a second after it happened"),
    [LOSS_PLACE] = {"place", TYPE_TEXT, ROLE_DIMENSION, NULL, "where it was lost: a ring buffer, a map, a queue, the store"},
    [LOSS_REASON] = {"reason", TYPE_TEXT, ROLE_DIMENSION, NULL, "why: full, disk full, stopped without closing …"},
    [LOSS_COUNT] = {"count", TYPE_U64, ROLE_MEASURE, "1", "how many events or rows were lost since the last row of the same place"},
};

const struct table table_agent_losses =
    TABLE("agent_losses", "What the agent could not keep: every gap in the other tables is a row here", loss_columns);

static const struct table *const tables[] = {&table_agent_losses};

static int agent_open(struct collector_ctx *ctx, struct err *why)
{
    (void)ctx;
    (void)why;
    return 0;
}

const struct collector collector_agent = {
    .name = "agent",
    .summary = "the agent itself: losses",
    .tables = tables,
    .n_tables = sizeof tables / sizeof tables[0],
    .open = agent_open,
};
