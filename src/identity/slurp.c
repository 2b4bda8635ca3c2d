#include "identity/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

int slurp_fd(int fd, struct text *t)
{
    char part[4096];
    text_clear(t);
    for (;;) {
        ssize_t n = read(fd, part, sizeof part);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        if (n == 0)
            return 0;
        text_add(t, part, (size_t)n);
        if (t->full)
            return 0;
    }
}

int slurp(const char *path, struct text *t)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    int rc = slurp_fd(fd, t);
    close(fd);
    return rc;
}
