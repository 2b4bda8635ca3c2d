#include "objects/printk.h"

#include "kernel/tracefs.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { DRAIN_CEILING = 256 * 1024 * 1024 };

struct printk {
    int fd;
    struct text rest; /* a line that has not ended */
};

/* What was written before we came, and read by nobody. */
static void drain(int fd)
{
    char buffer[16384];
    for (size_t n = 0; n < DRAIN_CEILING && read(fd, buffer, sizeof buffer) > 0;)
        n += sizeof buffer;
}

struct printk *printk_open(struct err *why)
{
    struct printk *p = calloc(1, sizeof *p);
    if (!p) {
        err_set(why, ENOMEM, "out of memory");
        return NULL;
    }
    tracefs_ensure();
    p->fd = open("/sys/kernel/tracing/trace_pipe", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (p->fd < 0)
        p->fd = open("/sys/kernel/debug/tracing/trace_pipe", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (p->fd >= 0) {
        drain(p->fd);
        return p;
    }
    err_set(why, errno, "what bpf_printk writes cannot be read: /sys/kernel/tracing/trace_pipe: %s", strerror(errno));
    free(p);
    return NULL;
}

void printk_close(struct printk *p)
{
    if (!p)
        return;
    close(p->fd);
    text_free(&p->rest);
    free(p);
}

int printk_fd(const struct printk *p)
{
    return p->fd;
}

void printk_read(struct printk *p, void (*fn)(void *arg, const char *line, size_t n), void *arg)
{
    char buffer[16384];
    for (int i = 0; i < 16; i++) { /* others want their turn, too */
        ssize_t n = read(p->fd, buffer, sizeof buffer);
        if (n <= 0)
            return;
        text_add(&p->rest, buffer, (size_t)n);
        char *line = p->rest.bytes;
        for (char *end; line && (end = strchr(line, '\n')); line = end + 1)
            fn(arg, line, (size_t)(end - line));
        if (!line) /* no memory */
            return;
        size_t left = strlen(line);
        memmove(p->rest.bytes, line, left + 1);
        p->rest.length = left;
    }
}
