/* Counters by key, summed up in the kernel and taken away by the worker once an interval, without losing one.
 *
 * A tally is two hash maps, NAME_even and NAME_odd, and NAME_turn, whose last bit says which of them programs add to now.
 * The worker (kernel/tally.h) reads and empties the one at rest: a program that was in the middle of an addition when the turn
 * came has ended long before the next.
 *
 * The last four bytes of the key are the CPU, so that additions need no atomics and no cache line is shared. (Per-CPU maps would
 * hold a value for each CPU of the machine under every key, and their allocator fails when many new keys come at once.)
 *
 *     struct calls_key { __u32 pid; __u32 cpu; };   // no padding that is not zeroed
 *     TALLY(calls, struct calls_key, struct calls_value, 8192);
 *     static const struct calls_value nothing;
 *     struct calls_key key = {.pid = …, .cpu = bpf_get_smp_processor_id()};
 *     struct calls_value *v = TALLY_FIND(calls, &key);
 *     if (!v)
 *         v = TALLY_NEW(calls, &key, &nothing); // NULL: the map is full, to be counted as a loss
 */
#pragma once
#include "bpf/kernel.h"

#define TALLY(name, key_type, value_type, entries)                                                                                         \
    struct {                                                                                                                               \
        __uint(type, BPF_MAP_TYPE_HASH);                                                                                                   \
        __uint(map_flags, BPF_F_NO_PREALLOC);                                                                                              \
        __uint(max_entries, entries);                                                                                                      \
        __type(key, key_type);                                                                                                             \
        __type(value, value_type);                                                                                                         \
    } name##_even SEC(".maps"), name##_odd SEC(".maps");                                                                                   \
    struct {                                                                                                                               \
        __uint(type, BPF_MAP_TYPE_ARRAY);                                                                                                  \
        __uint(max_entries, 1);                                                                                                            \
        __type(key, __u32);                                                                                                                \
        __type(value, __u32);                                                                                                              \
    } name##_turn SEC(".maps")

static __always_inline void *tally_new(void *map, const void *key, const void *fresh)
{
    bpf_map_update_elem(map, key, fresh, BPF_NOEXIST);
    return bpf_map_lookup_elem(map, key);
}

static __always_inline bool tally_is_odd(void *turn)
{
    __u32 zero = 0;
    __u32 *n = bpf_map_lookup_elem(turn, &zero);
    return n && *n & 1;
}

/* The maps are named in both branches, so that the verifier sees one map at each call and inlines the look-up. Should the turn come
 * between the two, the new key enters the other half: as good. */
#define TALLY_FIND(name, key)       (tally_is_odd(&name##_turn) ? bpf_map_lookup_elem(&name##_odd, key) : bpf_map_lookup_elem(&name##_even, key))
#define TALLY_NEW(name, key, fresh) (tally_is_odd(&name##_turn) ? tally_new(&name##_odd, key, fresh) : tally_new(&name##_even, key, fresh))
