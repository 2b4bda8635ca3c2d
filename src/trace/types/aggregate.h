/* How the bytes of what maps hold for aggregations and deferred names lie; written by kernel programs, read by print/. */
#pragma once
#include <stdint.h>

struct value_avg { /* VALUE_AVG, VALUE_STATS; VALUE_COUNT and VALUE_SUM are one u64/s64 */
    uint64_t total, count;
};
struct value_extreme { /* VALUE_MIN, VALUE_MAX */
    uint64_t value, is_set;
};
/* VALUE_HIST: u64 counts. hist(n, k): index 0 is negative values; index 1 is 0 when k is 0. Bucket numbers as bpftrace numbers them:
 * below 2^k one bucket each; then 2^k buckets for each power of two. */
enum { HIST_MAX_BITS = 5, STACK_FRAMES_MAX = 127 };
static inline uint32_t hist_buckets(int64_t bits) /* with the one of negative values */
{
    return 1 + ((65 - (uint32_t)bits) << bits);
}
/* VALUE_LHIST: u64 counts: below min, the steps, max and above. */
static inline uint64_t lhist_buckets(int64_t min, int64_t max, int64_t step)
{
    uint64_t range = (uint64_t)max - (uint64_t)min, width = (uint64_t)step;
    return range / width + (range % width != 0) + 2;
}
struct value_tseries_bucket { /* VALUE_TSERIES: as many as intervals */
    uint64_t epoch;           /* number of the interval since boot; 0: unused */
    struct value_avg sum;     /* total: the value, for min, max, sum and count; for the last value: count is the boot time it was kept at */
};

enum stack_mode { STACK_BPFTRACE, STACK_PERF, STACK_RAW, STACK_BUILD_ID }; /* .parameters[0] */
struct value_stack { /* VALUE_KSTACK, VALUE_USTACK: frames are in the stack map of that kind */
    int32_t id;      /* negative: -errno */
    uint32_t pid;
    uint32_t probe;  /* index of the attach point */
    uint32_t frames; /* at most so many are printed */
};
struct value_usym {
    uint64_t address;
    uint32_t pid, probe;
};
struct value_inet {
    uint32_t family; /* AF_INET, AF_INET6 */
    uint8_t bytes[16];
};
struct value_timestamp {
    uint64_t ns;
    uint32_t format; /* index of the program's strings */
    uint32_t mode;   /* 0: boot, 1: monotonic, 2: wall */
};
struct value_cgroup_path {
    uint64_t id;
    uint32_t glob, pad; /* index of the program's strings; one that is not there: any hierarchy */
};
