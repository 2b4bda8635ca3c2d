#include "identity/internal.h"

#include <stdlib.h>

struct identity *identity_create(void)
{
    struct identity *id = calloc(1, sizeof *id);
    if (id)
        cgroups_start(id);
    return id;
}

void identity_destroy(struct identity *id)
{
    if (!id)
        return;
    tree_finish(&id->tree);
    users_finish(&id->users);
    cgroups_finish(&id->cgroups);
    free(id);
}
