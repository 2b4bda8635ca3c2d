/* The worker's side of a tally (bpf/tally.h): counters by key that kernel programs sum up, taken away once an interval. */
#pragma once
#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

struct kernel_unit;

struct tally {
    int even, odd, turn;         /* descriptors, borrowed; -1: the kernel part is not there */
    uint32_t interval;           /* its last bit is the half that the programs add to now */
    int64_t begun_ns, ended_ns;  /* boot clock: of the half at rest */
    size_t key_size, value_size; /* value_size: rounded up to 8, as the kernel hands it over */
    size_t count, size;          /* elements read, and room for them */
    char *keys, *values;
    const void **group;
};

/* What came together under one key: the values of n CPUs. */
typedef void (*tally_fn)(void *arg, const void *key, const void *const *values, size_t n);

/* Opens the tally called `name` in the unit; one that is not there is no error, and always empty. 0, or -errno with words. */
int tally_open(struct tally *t, const struct kernel_unit *unit, const char *name, int64_t now_boot_ns, struct err *why);
void tally_close(struct tally *t);
/* Calls fn for each key (without its CPU) of the half that came to rest at the last turn, in the order of the keys' bytes, empties it,
 * and turns the programs to it. begun_ns and ended_ns are then the interval of what fn sees. 0, or -errno: the map could not be read, or
 * memory ran out, and counters were lost. */
int tally_turn(struct tally *t, int64_t now_boot_ns, tally_fn fn, void *arg);
