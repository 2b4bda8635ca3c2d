#include "objects/stream.h"

#include "kernel/ring.h"

#include <bpf/bpf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { MAX_BUFFERS = 32, READ_AT_ONCE = 4096, PERF_PAGES = 64 /* for each CPU */ };

struct source {
    struct stream *stream;
    struct stream_buffer buffer;
    struct ring *ring;
    struct perf_buffer *perf;
    size_t ring_bytes, largest; /* largest: bytes that the longest record took in the ring */
};

struct stream {
    struct stream_reader reader;
    int epoll;
    struct source sources[MAX_BUFFERS];
    size_t n;
};

static void deliver(struct source *s, const void *bytes, size_t n, int cpu)
{
    struct stream_event e = {.buffer = &s->buffer, .bytes = bytes, .n = n, .cpu = cpu};
    e.type = records_choose(&s->buffer.types, n, &e.ambiguous);
    s->buffer.events++;
    s->buffer.confused += e.ambiguous;
    s->stream->reader.event(s->stream->reader.arg, &e);
}

static void on_record(void *arg, const void *record, size_t n)
{
    struct source *s = arg;
    size_t taken = (n + BPF_RINGBUF_HDR_SZ + 7) & ~(size_t)7;
    if (taken > s->largest)
        s->largest = taken;
    deliver(s, record, n, -1);
}

static void on_sample(void *arg, int cpu, void *data, __u32 n)
{
    deliver(arg, data, n, cpu);
}

static void on_lost(void *arg, int cpu, __u64 count)
{
    struct source *s = arg;
    (void)cpu;
    s->buffer.lost += count;
    if (s->stream->reader.lost)
        s->stream->reader.lost(s->stream->reader.arg, &s->buffer, count);
}

static int watch(struct stream *st, int fd, struct err *why)
{
    struct epoll_event e = {.events = EPOLLIN};
    return epoll_ctl(st->epoll, EPOLL_CTL_ADD, fd, &e) ? err_set(why, errno, "the buffer cannot be waited for: %s", strerror(errno)) : 0;
}

static int open_ring(struct stream *st, struct source *s, struct err *why)
{
    int fd = bpf_map__fd(s->buffer.map->map);
    s->ring_bytes = bpf_map__max_entries(s->buffer.map->map);
    s->ring = ring_open(fd, (uint32_t)s->ring_bytes, why);
    return s->ring ? watch(st, fd, why) : -why->code;
}

static int open_perf(struct stream *st, struct source *s, struct err *why)
{
    s->perf = perf_buffer__new(bpf_map__fd(s->buffer.map->map), PERF_PAGES, on_sample, on_lost, s, NULL);
    if (!s->perf)
        return err_set(why, errno, "%s: the buffers of the CPUs cannot be made: %s", s->buffer.map->name, strerror(errno));
    return watch(st, perf_buffer__epoll_fd(s->perf), why);
}

static int open_source(struct stream *st, struct object *o, const struct object_map *m, const struct stream_choice *choices, size_t n,
                       struct err *why)
{
    const char *chosen[RECORDS_MAX_TYPES];
    size_t n_chosen = 0;
    struct source *s = &st->sources[st->n++];
    *s = (struct source){.stream = st, .buffer.map = m};
    for (size_t i = 0; i < n && n_chosen < RECORDS_MAX_TYPES; i++)
        if (!strcmp(choices[i].map, m->name))
            chosen[n_chosen++] = choices[i].type;
    int rc = records_find(o, m, chosen, n_chosen, &s->buffer.types, why);
    if (rc)
        return rc;
    return bpf_map__type(m->map) == BPF_MAP_TYPE_RINGBUF ? open_ring(st, s, why) : open_perf(st, s, why);
}

/* A perf event array that only reads counters has no records. */
static bool is_buffer(const struct object_map *m)
{
    enum bpf_map_type type = bpf_map__type(m->map);
    if (bpf_map__fd(m->map) < 0)
        return false;
    return type == BPF_MAP_TYPE_RINGBUF || (type == BPF_MAP_TYPE_PERF_EVENT_ARRAY && !(m->uses & MAP_COUNTERS));
}

struct stream *stream_open(struct object *o, const struct stream_choice *choices, size_t n_choices, const struct stream_reader *reader,
                           struct err *why)
{
    struct stream *st = calloc(1, sizeof *st);
    int rc = st ? 0 : err_set(why, ENOMEM, "out of memory");
    if (rc)
        return NULL;
    st->reader = *reader;
    st->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (st->epoll < 0)
        rc = err_set(why, errno, "epoll: %s", strerror(errno));
    for (size_t i = 0; !rc && i < o->n_maps && st->n < MAX_BUFFERS; i++)
        if (is_buffer(&o->maps[i]))
            rc = open_source(st, o, &o->maps[i], choices, n_choices, why);
    if (!rc)
        return st;
    stream_close(st);
    return NULL;
}

void stream_close(struct stream *st)
{
    if (!st)
        return;
    for (size_t i = 0; i < st->n; i++) {
        ring_close(st->sources[i].ring);
        perf_buffer__free(st->sources[i].perf);
    }
    if (st->epoll >= 0)
        close(st->epoll);
    free(st);
}

int stream_fd(const struct stream *st)
{
    return st->epoll;
}

/* The kernel does not count what a ring buffer had no room for; that there was no room is seen. */
static bool read_ring(struct source *s)
{
    uint64_t mark = ring_mark(s->ring), fill = ring_fill(s->ring);
    s->buffer.full += s->largest && fill + s->largest > s->ring_bytes;
    return ring_read(s->ring, mark, READ_AT_ONCE, on_record, s) == READ_AT_ONCE;
}

bool stream_read(struct stream *st)
{
    bool more = false;
    for (size_t i = 0; i < st->n; i++) {
        if (st->sources[i].ring)
            more |= read_ring(&st->sources[i]);
        else
            perf_buffer__consume(st->sources[i].perf);
    }
    return more;
}

size_t stream_buffers(const struct stream *st)
{
    return st->n;
}

struct stream_buffer *stream_buffer_at(struct stream *st, size_t i)
{
    return &st->sources[i].buffer;
}
