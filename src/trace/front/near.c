#include "trace/front/near.h"

#include "base/names.h"

struct candidates {
    const char *(*at)(void *arg, size_t i);
    void *arg;
};

static const char *candidate_at(const void *arg, size_t i)
{
    const struct candidates *candidates = arg;
    return candidates->at(candidates->arg, i);
}

const char *near_name(const char *name, const char *(*candidate)(void *arg, size_t i), void *arg)
{
    struct candidates candidates = {candidate, arg};
    return names_nearest((struct names){candidate_at, &candidates}, name);
}
