/* Any bytes as a configuration: they are taken, or refused in one sentence that names the file; never both. */
#include "agent/options.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool holds)
{
    if (!holds)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct err why = {0};
    struct agent_config agent;
    struct config *c = config_create(agent_schema(), &why);
    expect(c != NULL);
    int rc = config_load_bytes(c, "fuzz", (const char *)data, size, &why);
    expect(rc <= 0);
    expect((rc < 0) == (why.code != 0));
    expect(!rc || !strncmp(why.text, "fuzz:", 5));
    expect(!strchr(why.text, '\n'));
    if (!rc && agent_config_read(c, &agent, &why) == 0)
        expect(agent.retention_ns >= 60000000000u && agent.n_collectors > 0);
    config_destroy(c);
    return 0;
}
