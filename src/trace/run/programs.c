/* Loading and attaching the programs of a script. */
#include "trace/run/inside.h"

#include "trace/back/load.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

enum { LOG_BYTES = 16 << 20 };

static int load_one(struct session *r, struct instance *i, struct err *why)
{
    const struct target *t = i->targets[0];
    uint32_t type;
    uint32_t attach_type;
    struct code_btf btf;
    target_program_type(t, &type, &attach_type);
    code_relocate(&i->code, r->map_fds);
    struct load_target target = {.name = i->programs[0]->name, .expected_attach_type = (enum bpf_attach_type)attach_type};
    if (t->way == ATTACH_TP_BTF || t->way == ATTACH_TRAMPOLINE || t->way == ATTACH_ITER) {
        target.attach_btf_id = t->types.btf_id;
        target.attach_btf_obj_fd = t->types.btf_fd;
    }
    bool typed = code_btf_make(&r->unit->arena, &i->code, &r->unit->source, &btf, NULL) == 0;
    char *log = r->options->verbose ? calloc(1, LOG_BYTES) : NULL;
    int fd = code_load(&i->code, typed ? &btf : NULL, (enum bpf_prog_type)type, &target, log, log ? LOG_BYTES : 0, why);
    if (fd < 0 && log)
        fputs(log, stderr);
    free(log);
    if (fd < 0 && t->of_wildcard) { /* one of many that the kernel does not want */
        err_clear(why);
        return 0;
    }
    if (fd < 0)
        return err_prefix(why, "%s", t->name);
    r->program_fds[i->index] = fd;
    return 0;
}

int session_load(struct session *r, struct err *why)
{
    r->program_fds = malloc((r->unit->n_instances + 1) * sizeof *r->program_fds);
    if (!r->program_fds)
        return err_set(why, ENOMEM, "out of memory");
    for (uint32_t i = 0; i < r->unit->n_instances; i++)
        r->program_fds[i] = -1;
    for (struct instance *i = r->unit->instances; i; i = i->next)
        if (load_one(r, i, why) < 0)
            return -why->code;
    return 0;
}

static int start_timer(struct session *r, const struct target *t, int program_fd, struct err *why)
{
    uint64_t ns = t->is_hz ? 1000000000ULL / t->every : t->every;
    struct timespec every = {(time_t)(ns / 1000000000), (long)(ns % 1000000000)};
    struct itimerspec spec = {every, every};
    if (r->n_timers == TIMERS_MAX)
        return err_set(why, E2BIG, "%s: there may be %d intervals", t->name, TIMERS_MAX);
    int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    if (fd < 0 || timerfd_settime(fd, 0, &spec, NULL))
        return err_set(why, errno, "%s: %s", t->name, strerror(errno));
    r->timers[r->n_timers++] = (struct timer){fd, program_fd};
    return 0;
}

/* After a raw tracepoint that the kernel does not have: all of the instance become perf tracepoints. */
static bool give_up_raw(struct session *r, const struct instance *i, size_t before)
{
    for (uint32_t n = 0; n < i->n_targets; n++)
        if (!target_give_up_raw(i->targets[n]))
            return false;
    while (r->attachment.n_fds > before)
        close(r->attachment.fds[--r->attachment.n_fds]);
    close(r->program_fds[i->index]);
    r->program_fds[i->index] = -1;
    return true;
}

/* Signals for self:signal are taken by a descriptor. */
static void await_signals(struct session *r)
{
    sigset_t set;
    bool any = false;
    sigemptyset(&set);
    for (uint32_t i = 0; i < r->unit->n_targets; i++)
        if (r->unit->targets[i]->provider == PROVIDER_SELF) {
            sigaddset(&set, (int)r->unit->targets[i]->offset);
            any = true;
        }
    if (any && !sigprocmask(SIG_BLOCK, &set, NULL))
        r->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

void session_signal(struct session *r)
{
    struct signalfd_siginfo info;
    while (read(r->signal_fd, &info, sizeof info) == sizeof info)
        for (struct instance *i = r->unit->instances; i; i = i->next)
            for (uint32_t n = 0; n < i->n_targets; n++)
                if (i->targets[n]->provider == PROVIDER_SELF && i->targets[n]->offset == info.ssi_signo)
                    session_program(r->program_fds[i->index]);
}

static int attach_instance(struct session *r, struct instance *i, struct err *why)
{
    int fd = r->program_fds[i->index];
    for (uint32_t n = 0; n < i->n_targets; n++)
        if (i->targets[n]->provider == PROVIDER_INTERVAL && start_timer(r, i->targets[n], fd, why) < 0)
            return -why->code;
    if (fd < 0)
        return 0;
    size_t before = r->attachment.n_fds;
    int n = probe_attach(&r->attachment, i->targets, i->n_targets, fd, &r->unit->scope, why);
    if (n == -ENOENT && give_up_raw(r, i, before)) {
        err_clear(why);
        if (load_one(r, i, why) < 0)
            return -why->code;
        n = probe_attach(&r->attachment, i->targets, i->n_targets, r->program_fds[i->index], &r->unit->scope, why);
    }
    if (n < 0)
        return n;
    r->n_attached += (uint32_t)n;
    return 0;
}

int session_attach(struct session *r, struct err *why)
{
    await_signals(r);
    for (struct instance *i = r->unit->instances; i; i = i->next)
        if (attach_instance(r, i, why) < 0)
            return -why->code;
    return 0;
}

void session_detach(struct session *r)
{
    probe_detach(&r->attachment);
    for (uint32_t i = 0; i < r->n_timers; i++)
        close(r->timers[i].fd);
    r->n_timers = 0;
}

void session_program(int fd)
{
    uint64_t context[8] = {0};
    LIBBPF_OPTS(bpf_test_run_opts, options, .ctx_in = context, .ctx_size_in = sizeof context);
    bpf_prog_test_run_opts(fd, &options);
}

void session_programs_of(struct session *r, enum provider p)
{
    for (struct instance *i = r->unit->instances; i; i = i->next)
        if (i->targets[0]->provider == p)
            session_program(r->program_fds[i->index]);
}
