#include "base/clock.h"

#include <stdatomic.h>
#include <time.h>

static _Atomic int64_t boot_offset_ns; /* UTC minus boot clock */

static int64_t clock_read(clockid_t id)
{
    struct timespec ts;
    clock_gettime(id, &ts);
    return (int64_t)ts.tv_sec * NS_PER_S + ts.tv_nsec;
}

int64_t clock_utc_ns(void)
{
    return clock_read(CLOCK_REALTIME);
}

int64_t clock_boot_ns(void)
{
    return clock_read(CLOCK_BOOTTIME);
}

int64_t clock_mono_ns(void)
{
    return clock_read(CLOCK_MONOTONIC);
}

int64_t clock_cpu_ns(void)
{
    return clock_read(CLOCK_PROCESS_CPUTIME_ID);
}

static int64_t measure_offset(void)
{
    int64_t best = 0, gap = INT64_MAX;
    for (int i = 0; i < 3; i++) { /* the tightest of three readings */
        int64_t a = clock_boot_ns(), utc = clock_utc_ns(), b = clock_boot_ns();
        if (b - a < gap) {
            gap = b - a;
            best = utc - (a + (b - a) / 2);
        }
    }
    return best;
}

int64_t clock_sync(void)
{
    int64_t now = measure_offset();
    int64_t old = atomic_exchange(&boot_offset_ns, now);
    return old ? now - old : 0;
}

int64_t clock_boot_to_utc(int64_t boot_ns)
{
    int64_t offset = atomic_load_explicit(&boot_offset_ns, memory_order_relaxed);
    if (!offset) {
        clock_sync();
        offset = atomic_load(&boot_offset_ns);
    }
    return boot_ns + offset;
}
