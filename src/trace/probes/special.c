/* BEGIN, END, self, bench and test: programs that we run ourselves. */
#include "trace/probes/providers.h"

#include <signal.h>
#include <string.h>

void expand_special(struct expansion *e)
{
    bool named = e->provider == PROVIDER_BENCH;
    expansion_add(e, ATTACH_RUN, NULL, named ? expansion_part(e, 0) : NULL);
}

static const struct {
    const char *name;
    int number;
} signals[] = {{"SIGUSR1", SIGUSR1}, {"SIGUSR2", SIGUSR2}, {"SIGHUP", SIGHUP}};

void expand_self(struct expansion *e)
{
    if (strcmp(expansion_part(e, 0), "signal") != 0) {
        complain(e->complaints, e->point->place, "self is written self:signal:SIGUSR1");
        return;
    }
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
        if (!strcmp(signals[i].name, expansion_part(e, 1))) {
            struct target *t = expansion_add(e, ATTACH_RUN, "signal", signals[i].name);
            if (t)
                t->offset = (uint64_t)signals[i].number;
            return;
        }
    complain(e->complaints, e->point->place, "self:signal is there for SIGUSR1, SIGUSR2 and SIGHUP, not for %s", expansion_part(e, 1));
}
