#include "objects/attach.h"

#include <bpf/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int attachment_make(struct attachment *a, const struct attach_place *place, struct err *why)
{
    *a = (struct attachment){.place = place, .target_fd = -1};
    snprintf(a->where, sizeof a->where, "%s %s", place->kind->name, place->target);
    if (!place->kind->attach)
        return 0;
    int rc = place->kind->attach(place, a, why);
    return rc ? err_prefix(why, "%s cannot be attached to %s", bpf_program__name(place->program), a->where) : 0;
}

void attachment_undo(struct attachment *a)
{
    if (a->undo)
        a->undo(a);
    bpf_link__destroy(a->link);
    for (size_t i = 0; i < a->n_fds; i++)
        close(a->fds[i]);
    if (a->target_fd >= 0)
        close(a->target_fd);
    *a = (struct attachment){.target_fd = -1};
}

int attachment_keep(struct attachment *a, int fd, struct err *why)
{
    if (a->n_fds < sizeof a->fds / sizeof a->fds[0]) {
        a->fds[a->n_fds++] = fd;
        return 0;
    }
    close(fd);
    return err_set(why, EMFILE, "it would need more than %zu descriptors", a->n_fds);
}
