/* Records of an object's ring buffers and perf event arrays, as they come. */
#pragma once
#include "objects/records.h"

struct stream;

struct stream_buffer {
    const struct object_map *map;
    struct record_types types;
    uint64_t events, lost; /* lost: perf events that the kernel dropped */
    uint64_t confused;     /* events whose type had to be guessed among several of their size */
    uint64_t full;         /* times that a ring buffer was found without room for another record */
};

struct stream_event {
    struct stream_buffer *buffer;
    const struct record_type *type; /* NULL: bytes */
    bool ambiguous;                 /* other types of the buffer have the same size */
    const void *bytes;
    size_t n;
    int cpu; /* perf events; -1: ring buffer */
};

struct stream_reader {
    void (*event)(void *arg, const struct stream_event *e);
    void (*lost)(void *arg, struct stream_buffer *b, uint64_t count); /* at once, when the kernel tells */
    void *arg;
};

/* Names of record types that the user gave, in the order given: {"events", "small"}. */
struct stream_choice {
    const char *map, *type;
};

/* Opens every buffer of a loaded object that its programs send to. NULL with words. A stream without buffers is fine. */
struct stream *stream_open(struct object *o, const struct stream_choice *choices, size_t n_choices, const struct stream_reader *reader,
                           struct err *why);
void stream_close(struct stream *s);   /* NULL is fine */
int stream_fd(const struct stream *s); /* readable when there is something to read */
/* Reads what there is, a bounded part of it; true when there may be more. Call it now and then too: programs may send without waking. */
bool stream_read(struct stream *s);
size_t stream_buffers(const struct stream *s);
struct stream_buffer *stream_buffer_at(struct stream *s, size_t i);
