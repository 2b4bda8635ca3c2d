#include "kernel/stats.h"

#include "base/clock.h"

#include <bpf/bpf.h>
#include <linux/bpf.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static const int64_t first_on_ns = 2LL * NS_PER_S, on_ns = 1LL * NS_PER_S, off_ns = 9LL * NS_PER_S;

struct stats_clock *stats_clock_create(void)
{
    void *p = mmap(NULL, sizeof(struct stats_clock), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return p == MAP_FAILED ? NULL : p;
}

int64_t stats_clock_read(const struct stats_clock *c, int64_t now_boot_ns)
{
    int64_t since = atomic_load(&c->since_ns), total = atomic_load(&c->on_ns);
    return since && now_boot_ns > since ? total + now_boot_ns - since : total;
}

static int turn_on(struct stats_switch *s, int64_t now)
{
    s->fd = bpf_enable_stats(BPF_STATS_RUN_TIME);
    if (s->fd < 0)
        return -errno;
    atomic_store(&s->clock->since_ns, now);
    return 0;
}

static void turn_off(struct stats_switch *s, int64_t now)
{
    if (s->fd < 0)
        return;
    close(s->fd);
    s->fd = -1;
    atomic_fetch_add(&s->clock->on_ns, now - atomic_load(&s->clock->since_ns));
    atomic_store(&s->clock->since_ns, 0);
}

int stats_switch_open(struct stats_switch *s, struct stats_clock *clock, struct err *why)
{
    int64_t now = clock_boot_ns();
    *s = (struct stats_switch){.clock = clock, .fd = -1, .next_ns = INT64_MAX};
    int rc = turn_on(s, now);
    if (rc == 0)
        return 0;
    s->refused = true;
    return err_set(why, -rc,
                   "BPF statistics: the kernel refuses BPF_ENABLE_STATS (%s; needs CAP_SYS_ADMIN and Linux 5.8); "
                   "the cost of kernel programs will be missing",
                   strerror(-rc));
}

void stats_switch_start(struct stats_switch *s)
{
    s->next_ns = clock_boot_ns() + first_on_ns;
}

int stats_switch_turn(struct stats_switch *s, int64_t now)
{
    if (s->refused)
        return -1;
    if (now >= s->next_ns) {
        bool on = s->fd >= 0;
        if (on)
            turn_off(s, now);
        else
            turn_on(s, now); /* a refusal now leaves a gap in the figures */
        s->next_ns = now + (on ? off_ns : on_ns);
    }
    return (int)((s->next_ns - now) / NS_PER_MS) + 1;
}

void stats_switch_close(struct stats_switch *s)
{
    if (s->clock)
        turn_off(s, clock_boot_ns());
}
