#include "kernel/ring.h"

#include <errno.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct ring {
    unsigned long *consumer;       /* our page */
    const unsigned long *producer; /* the kernel's page and the data behind it */
    const char *data;
    size_t size, page, mapped;
};

struct ring *ring_open(int map_fd, uint32_t size_bytes, struct err *why)
{
    struct ring *r = calloc(1, sizeof *r);
    if (!r) {
        err_set(why, ENOMEM, "out of memory");
        return NULL;
    }
    r->page = (size_t)sysconf(_SC_PAGESIZE);
    r->size = size_bytes;
    r->mapped = r->page + 2 * (size_t)size_bytes;
    void *consumer = mmap(NULL, r->page, PROT_READ | PROT_WRITE, MAP_SHARED, map_fd, 0);
    if (consumer == MAP_FAILED) {
        err_set(why, errno, "ring buffer: the consumer page cannot be mapped: %s", strerror(errno));
        free(r);
        return NULL;
    }
    void *producer = mmap(NULL, r->mapped, PROT_READ, MAP_SHARED, map_fd, (off_t)r->page);
    if (producer == MAP_FAILED) {
        err_set(why, errno, "ring buffer: %u bytes of data cannot be mapped: %s", size_bytes, strerror(errno));
        munmap(consumer, r->page);
        free(r);
        return NULL;
    }
    r->consumer = consumer;
    r->producer = producer;
    r->data = (const char *)producer + r->page;
    return r;
}

void ring_close(struct ring *r)
{
    if (!r)
        return;
    munmap(r->consumer, r->page);
    munmap((void *)(uintptr_t)r->producer, r->mapped);
    free(r);
}

uint64_t ring_mark(const struct ring *r)
{
    return __atomic_load_n(r->producer, __ATOMIC_ACQUIRE);
}

uint64_t ring_fill(const struct ring *r)
{
    return ring_mark(r) - __atomic_load_n(r->consumer, __ATOMIC_RELAXED);
}

bool ring_empty(const struct ring *r)
{
    return ring_fill(r) == 0;
}

size_t ring_read(struct ring *r, uint64_t mark, size_t most, void (*fn)(void *arg, const void *record, size_t size), void *arg)
{
    unsigned long at = __atomic_load_n(r->consumer, __ATOMIC_RELAXED);
    size_t count = 0, since_release = 0;
    while (at < mark && count < most) {
        const char *head = r->data + (at & (r->size - 1));
        uint32_t length = __atomic_load_n((const uint32_t *)(const void *)head, __ATOMIC_ACQUIRE);
        if (length & BPF_RINGBUF_BUSY_BIT)
            break;
        uint32_t size = length & ~(uint32_t)BPF_RINGBUF_DISCARD_BIT;
        if (!(length & BPF_RINGBUF_DISCARD_BIT)) {
            fn(arg, head + BPF_RINGBUF_HDR_SZ, size);
            count++;
        }
        size_t step = (size + BPF_RINGBUF_HDR_SZ + 7) & ~(size_t)7;
        at += step;
        since_release += step;
        if (since_release > 64 * 1024) { /* give space back while we go on, not for each record: the page is shared with producers */
            __atomic_store_n(r->consumer, at, __ATOMIC_RELEASE);
            since_release = 0;
        }
    }
    __atomic_store_n(r->consumer, at, __ATOMIC_RELEASE);
    return count;
}
