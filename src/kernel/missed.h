/* The worker's side of bpf/missed.h: what a collector's kernel programs could not see or keep. */
#pragma once
#include <stddef.h>
#include <stdint.h>

struct kernel_unit;

/* Calls fn with what came to each of n reasons since the last call; `seen` keeps the counts so far, zeroed at the start. */
void missed_read(const struct kernel_unit *unit, uint64_t *seen, size_t n, void (*fn)(void *arg, size_t reason, uint64_t count), void *arg);
