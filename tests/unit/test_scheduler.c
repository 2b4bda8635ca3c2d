/* collectors/scheduler: whose time on a CPU it is while kernel program and worker share the count; what becomes a row, and when. */
#include "collectors/scheduler/cpus.h"
#include "collectors/scheduler/processes.h"
#include "collectors/scheduler/scheduler.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static const struct {
    const char *what;
    uint64_t since, index;
    struct scheduler_running running[2];
    uint64_t until, taken_ns;
    uint32_t pid;
} portions[] = {
    {"a thread that runs", 1000, 0, {{7, 70, 0}, {8, 80, 0}}, 1500, 500, 70},
    {"the other place", 1000, 1, {{7, 70, 0}, {8, 80, 0}}, 1501, 501, 80},
    {"idle", 1000, 1, {{7, 70, 0}, {0, 0, 0}}, 1500, 0, 0},
    {"unknown process", 1000, 0, {{0, 70, 0}, {8, 80, 0}}, 1500, 0, 0},
    {"no switch yet", 0, 0, {{0}}, 1500, 0, 0},
    {"came after the end of the interval", 1500, 0, {{7, 70, 0}}, 1500, 0, 0},
    {"came later still", 1600, 0, {{7, 70, 0}}, 1500, 0, 0},
};

static void a_running_thread_has_its_portion(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof portions / sizeof portions[0]; i++) {
        struct scheduler_cpu cpu = {.since = portions[i].since << 1 | portions[i].index};
        memcpy(cpu.running, portions[i].running, sizeof cpu.running);
        struct portion p = cpu_take_portion(&cpu, portions[i].until);
        assert_int_equal(p.pid, portions[i].pid);
        assert_int_equal(p.ns, portions[i].taken_ns);
        assert_int_equal(cpu.since & 1, portions[i].index);
        assert_int_equal(cpu.since >> 1, portions[i].pid ? portions[i].until : portions[i].since);
        p = cpu_take_portion(&cpu, portions[i].until);
        assert_int_equal(p.ns, 0); /* not twice */
    }
}

/* --- two sides of one count --------------------------------------------------------------------------------------- */

enum { PORTIONS = 100, PROCESSES = 3 };

struct shared {
    struct scheduler_cpu cpu;
    uint64_t counted_ns[PROCESSES + 1]; /* by the side of the kernel */
    uint64_t lived_ns[PROCESSES + 1];   /* the truth */
    uint64_t clock;
    int enough;
};

/* What the kernel program does at a switch, with a clock that advances by 10 each time. */
static void *switches(void *arg)
{
    struct shared *s = arg;
    uint32_t now_on = 0;
    for (uint64_t n = 1; !__atomic_load_n(&s->enough, __ATOMIC_RELAXED); n++) {
        uint64_t now = n * 10, turn = ~s->cpu.since & 1;
        uint32_t next = (uint32_t)(n % (PROCESSES + 1)); /* 0: idle */
        s->cpu.running[turn] = (struct scheduler_running){.start_ns = next, .pid = next};
        uint64_t since = __atomic_exchange_n(&s->cpu.since, now << 1 | turn, __ATOMIC_SEQ_CST) >> 1;
        if (since) {
            s->counted_ns[now_on] += now > since ? now - since : 0;
            s->lived_ns[now_on] += 10;
        }
        now_on = next;
        __atomic_store_n(&s->clock, now, __ATOMIC_RELEASE);
    }
    s->lived_ns[now_on] += (s->cpu.since >> 1) - s->clock; /* it still runs: what was taken of it has no other side yet */
    return NULL;
}

static void no_time_is_counted_twice_or_lost(void **state)
{
    (void)state;
    static struct shared s;
    uint64_t portions_ns[PROCESSES + 1] = {0};
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, switches, &s), 0);
    for (int taken = 0; taken < PORTIONS;) {
        struct portion p = cpu_take_portion(&s.cpu, __atomic_load_n(&s.clock, __ATOMIC_ACQUIRE) + 5);
        assert_in_range(p.pid, 0, PROCESSES);
        assert_int_equal(p.start_ns, p.pid);
        portions_ns[p.pid] += p.ns;
        taken += p.pid != 0;
    }
    __atomic_store_n(&s.enough, 1, __ATOMIC_RELAXED);
    pthread_join(thread, NULL);
    for (uint32_t i = 1; i <= PROCESSES; i++)
        assert_int_equal(s.counted_ns[i] + portions_ns[i], s.lived_ns[i]);
}

/* --- sums --------------------------------------------------------------------------------------------------------- */

static struct process_sum *sum_of(const struct processes *p, uint32_t pid, uint64_t start_ns)
{
    return map_get(&p->sums, identity_key(pid, start_ns));
}

static void cpus_of_a_process_add_up(void **state)
{
    (void)state;
    struct processes p = {0};
    struct scheduler_key key = {.pid = 5, .start_ns = 50}, other = {.pid = 5, .start_ns = 51};
    struct scheduler_value a = {.on_cpu_ns = 10, .on_cpu_max_ns = 9, .off_cpu_ns = {[LEFT_IO] = 4}, .voluntary = 2, .comm = "one"};
    struct scheduler_value b = {.on_cpu_ns = 5, .on_cpu_max_ns = 5, .off_cpu_max_ns = {[LEFT_IO] = 3}, .migrations = 1, .comm = "two"};
    a.run_queue.counts[3] = 2;
    b.run_queue.counts[3] = 1;
    processes_add(&p, &key, &a, 1000);
    processes_add(&p, &other, &a, 1000);
    processes_add(&p, &key, &b, 2000);
    processes_add_portion(&p, &(struct portion){.pid = 5, .start_ns = 50, .ns = 100}, 2000);
    processes_add_portion(&p, &(struct portion){0}, 2000);
    assert_int_equal(p.sums.count, 2);
    const struct process_sum *s = sum_of(&p, 5, 50);
    assert_int_equal(s->on_cpu_ns, 115);
    assert_int_equal(s->on_cpu_max_ns, 9);
    assert_int_equal(s->off_cpu_ns[LEFT_IO], 4);
    assert_int_equal(s->off_cpu_max_ns[LEFT_IO], 3);
    assert_int_equal(s->run_queue[3], 3);
    assert_int_equal(s->voluntary, 2);
    assert_int_equal(s->migrations, 1);
    assert_int_equal(s->begun_ns, 1000);
    assert_string_equal(s->comm, "two");
    assert_int_equal(sum_of(&p, 5, 51)->on_cpu_ns, 10);
    processes_free(&p);
}

static const struct {
    struct process_sum sum;
    int64_t ended_ns;
    bool due;
} dues[] = {
    {{.on_cpu_ns = SCHED_TRIVIAL_NS}, 1, true},
    {{.on_cpu_ns = SCHED_TRIVIAL_NS - 1}, 1, false},
    {{.on_cpu_ns = SCHED_TRIVIAL_NS / 2, .run_queue_ns = SCHED_TRIVIAL_NS / 2}, 1, true},
    {{.off_cpu_ns = {[LEFT_IO] = SCHED_TRIVIAL_NS}}, 1, true},
    {{.off_cpu_ns = {[LEFT_UNINTERRUPTIBLE] = SCHED_TRIVIAL_NS}}, 1, true},
    {{.off_cpu_ns = {[LEFT_SLEEP] = 1000 * (uint64_t)SCHED_TRIVIAL_NS}, .voluntary = 100}, 1, false},
    {{.begun_ns = 5, .voluntary = 1}, SCHED_LONGEST_NS + 4, false},
    {{.begun_ns = 5, .voluntary = 1}, SCHED_LONGEST_NS + 5, true},
};

static void little_activity_waits_for_more(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof dues / sizeof dues[0]; i++)
        assert_int_equal(process_sum_is_due(&dues[i].sum, dues[i].ended_ns), dues[i].due);
}

static void sums_have_a_ceiling(void **state)
{
    (void)state;
    struct processes p = {0};
    struct scheduler_value v = {.on_cpu_ns = 1};
    for (uint32_t pid = 1; pid <= PROCESSES_MOST + 3; pid++)
        processes_add(&p, &(struct scheduler_key){.pid = pid, .start_ns = 1}, &v, 0);
    assert_int_equal(p.sums.count, PROCESSES_MOST);
    assert_int_equal(p.lost, 3);
    processes_add(&p, &(struct scheduler_key){.pid = 1, .start_ns = 1}, &v, 0); /* one that is there */
    assert_int_equal(p.lost, 3);
    processes_free(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_running_thread_has_its_portion),
        cmocka_unit_test(no_time_is_counted_twice_or_lost),
        cmocka_unit_test(cpus_of_a_process_add_up),
        cmocka_unit_test(little_activity_waits_for_more),
        cmocka_unit_test(sums_have_a_ceiling),
    };
    return cmocka_run_group_tests_name("scheduler", tests, NULL, NULL);
}
