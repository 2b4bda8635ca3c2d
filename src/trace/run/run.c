/* The life of a running script. */
#include "trace/run/inside.h"

#include "base/clock.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { BURST = 4096 };

static void list_actions(struct session *r)
{
    r->actions = calloc(r->unit->n_actions + 1, sizeof(struct action *));
    for (struct action *a = r->unit->actions; r->actions && a; a = a->next)
        r->actions[a->index] = a;
}

static void watch(struct session *r, int fd)
{
    struct epoll_event e = {.events = EPOLLIN, .data.fd = fd};
    if (fd >= 0)
        epoll_ctl(r->epoll, EPOLL_CTL_ADD, fd, &e);
}

static size_t drain(struct session *r)
{
    size_t all = 0;
    size_t n;
    do {
        n = ring_read(r->ring, ring_mark(r->ring), BURST, session_action, r);
        all += n;
    } while (n == BURST && !r->ended);
    return all;
}

static void tell_losses(struct session *r)
{
    static const char *const words[LOSS_KINDS] = {
        [LOSS_RING] = "events were lost: the ring was full",
        [LOSS_MAP_FULL] = "values were lost: a map was full (config = { max_map_keys = … } makes maps larger)",
    };
    uint64_t sums[LOSS_KINDS];
    uint32_t key = 0;
    if (bpf_map_lookup_elem(r->map_fds[UNIT_LOST], &key, sums))
        return;
    for (uint32_t k = 0; k < LOSS_KINDS; k++) {
        if (sums[k] == r->lost[k])
            continue;
        session_flush(r);
        fprintf(stderr, "WARNING: %llu %s\n", (unsigned long long)(sums[k] - r->lost[k]), words[k]);
        r->lost[k] = sums[k];
    }
}

static void serve(struct session *r, int fd)
{
    uint64_t times;
    if (fd == r->options->stop_fd || (r->options->child && fd == r->options->child->end_fd))
        r->ended = true;
    if (fd == r->signal_fd)
        session_signal(r);
    for (uint32_t i = 0; i < r->n_timers; i++)
        if (r->timers[i].fd == fd && read(fd, &times, sizeof times) == sizeof times)
            session_program(r->timers[i].program_fd);
}

/* Sleeps until a record comes, a timer fires or the time is over. The programs are told first, then the ring is looked at once more. */
static void sleep_until(struct session *r, int64_t end_ns)
{
    int64_t left_ms = end_ns ? (end_ns - clock_mono_ns()) / 1000000 + 1 : 1000;
    struct epoll_event events[16];
    __atomic_store_n(&r->state->asleep, 1, __ATOMIC_SEQ_CST);
    int n = 0;
    if (ring_empty(r->ring))
        n = epoll_wait(r->epoll, events, 16, left_ms < 0 ? 0 : left_ms > 1000 ? 1000 : (int)left_ms);
    __atomic_store_n(&r->state->asleep, 0, __ATOMIC_SEQ_CST);
    for (int i = 0; i < n; i++)
        serve(r, events[i].data.fd);
}

static void loop(struct session *r)
{
    int64_t end_ns = r->options->duration_ns ? clock_mono_ns() + (int64_t)r->options->duration_ns : 0;
    while (!r->ended && (!end_ns || clock_mono_ns() < end_ns)) {
        if (drain(r) == 0) {
            if (!r->options->in_blocks)
                session_flush(r);
            tell_losses(r);
            sleep_until(r, end_ns);
        }
    }
}

static bool only_begin_and_end(const struct unit *u)
{
    for (uint32_t i = 0; i < u->n_targets; i++)
        if (u->targets[i]->provider != PROVIDER_BEGIN && u->targets[i]->provider != PROVIDER_END &&
            u->targets[i]->provider != PROVIDER_ITER && u->targets[i]->provider != PROVIDER_BENCH)
            return false;
    return true;
}

static void tell_attached(struct session *r)
{
    uint32_t n = r->n_attached;
    if (r->options->quiet)
        return;
    if (r->options->form == PRINT_JSON)
        text_addf(&r->out, "{\"type\": \"attached_probes\", \"data\": {\"probes\": %u}}\n", n);
    else
        text_addf(&r->out, "Attached %u probe%s\n", n, n == 1 ? "" : "s");
    session_flush(r);
}

static int start(struct session *r, struct err *why)
{
    list_actions(r);
    if (!r->actions || session_names_open(r) < 0)
        return err_set(why, ENOMEM, "out of memory");
    r->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (session_make_maps(r, why) < 0 || session_load(r, why) < 0)
        return -why->code;
    r->state->start_ns = (uint64_t)clock_boot_ns();
    if (!r->options->is_dry)
        session_programs_of(r, PROVIDER_BEGIN);
    if (session_attach(r, why) < 0)
        return -why->code;
    tell_attached(r);
    if (r->options->is_dry)
        return 0;
    watch(r, r->map_fds[UNIT_RING]);
    watch(r, r->options->stop_fd);
    watch(r, r->signal_fd);
    if (r->options->child) {
        watch(r, r->options->child->end_fd);
        if (child_go(r->options->child, why) < 0)
            return -why->code;
    }
    for (uint32_t i = 0; i < r->n_timers; i++)
        watch(r, r->timers[i].fd);
    return 0;
}

static void finish(struct session *r)
{
    session_detach(r);
    drain(r);
    r->ended = r->exited = false;
    int code = r->exit_code;
    session_programs_of(r, PROVIDER_END);
    drain(r);
    if (!r->exit_code)
        r->exit_code = code;
    if (r->unit->settings.print_maps_on_exit)
        session_print_all_maps(r);
    session_flush(r);
    tell_losses(r);
}

int trace_run(struct unit *u, const struct trace_options *options, struct err *why)
{
    struct session r = {.unit = u, .options = options, .epoll = -1, .signal_fd = -1};
    int result = start(&r, why);
    if (result == 0 && !options->is_dry) {
        if (!only_begin_and_end(u))
            loop(&r);
        finish(&r);
        result = r.exit_code;
    }
    session_detach(&r);
    for (uint32_t i = 0; r.program_fds && i < u->n_instances; i++)
        if (r.program_fds[i] >= 0)
            close(r.program_fds[i]);
    session_names_close(&r);
    session_free_maps(&r);
    if (r.signal_fd >= 0)
        close(r.signal_fd);
    if (r.epoll >= 0)
        close(r.epoll);
    free(r.program_fds);
    free(r.actions);
    text_free(&r.out);
    return result;
}
