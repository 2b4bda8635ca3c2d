#include "base/clock.h"
#include "collectors/host/host.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FIRST_BYTES = 4096, MAX_FILE_BYTES = 8 << 20 };

bool host_file_open(struct host_file *f, const char *path, struct err *why)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        err_set(why, errno, "%s cannot be read (%s)", path, strerror(errno));
        return false;
    }
    f->fd_plus_1 = fd + 1;
    f->path = path;
    return true;
}

void host_file_close(struct host_file *f)
{
    if (f->fd_plus_1)
        close(f->fd_plus_1 - 1);
    free(f->buffer);
    *f = (struct host_file){0};
}

static bool grow(struct host_file *f)
{
    size_t size = f->size ? f->size * 2 : FIRST_BYTES;
    char *buffer = size <= MAX_FILE_BYTES ? realloc(f->buffer, size) : NULL;
    if (!buffer)
        return false;
    f->buffer = buffer;
    f->size = size;
    return true;
}

/* The kernel writes such a file anew when it is read from its start. A part that ends in the middle of a line is only
 * possible at the ceiling. */
static size_t read_all(struct host_file *f)
{
    size_t have = 0;
    for (;;) {
        if (have == f->size && !grow(f))
            return have;
        ssize_t n = pread(f->fd_plus_1 - 1, f->buffer + have, f->size - have, (off_t)have);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n < 0 ? 0 : have;
        have += (size_t)n;
    }
}

struct span host_file_read(struct host_file *f)
{
    if (!f->fd_plus_1)
        return (struct span){NULL, NULL};
    int64_t now = clock_boot_ns();
    size_t n = read_all(f);
    if (n) {
        f->interval_ns = f->read_boot_ns && now > f->read_boot_ns ? (uint64_t)(now - f->read_boot_ns) : 0;
        f->read_boot_ns = now;
    }
    return span_of(f->buffer, n);
}
