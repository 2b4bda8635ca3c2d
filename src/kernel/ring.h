/* Reading a BPF ring buffer by its descriptor, without any privilege.
 *
 * Layout (Documentation/bpf/ringbuf.rst, kernel/bpf/ringbuf.c): page 0 consumer position (writable), page 1 producer position,
 * then the data twice in a row, so that a record never wraps. A record has an 8-byte head: length with a busy bit (31) and a
 * discard bit (30), and its page offset; records are aligned to 8 bytes. */
#pragma once
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ring;

struct ring *ring_open(int map_fd, uint32_t size_bytes, struct err *why); /* the descriptor stays the caller's */
void ring_close(struct ring *r);                                          /* NULL is fine */

/* How far the producers had come at this moment: a bound for ring_read, so that rings can be read in a causal order. */
uint64_t ring_mark(const struct ring *r);
/* Hands each complete record before `mark` to fn, in order, at most `most`; returns how many. */
size_t ring_read(struct ring *r, uint64_t mark, size_t most, void (*fn)(void *arg, const void *record, size_t size), void *arg);
bool ring_empty(const struct ring *r);
uint64_t ring_fill(const struct ring *r); /* bytes waiting */
