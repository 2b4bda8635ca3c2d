/* The privileged half and the life of both: opens what must be opened, starts the worker, answers its requests. */
#include "agent/agent.h"

#include "agent/sandbox.h"
#include "agent/service.h"
#include "agent/sockets.h"
#include "agent/worker.h"
#include "base/clock.h"
#include "base/log.h"
#include "collectors/collector.h"
#include "kernel/server.h"
#include "kernel/stats.h"
#include "kernel/tracefs.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { RESTARTS_MAX = 5, STOP_PATIENCE_MS = 15000, SERVICE_PATIENCE_MS = 100 };

struct agent {
    const struct agent_config *config;
    struct agent_sockets sockets;
    struct broker_server server;
    int worker_fd; /* the worker's end of the pair */
    int signal_fd;
    struct stats_switch stats;
    pid_t worker;
    struct service *service;
    int restarts;
};

static void list_collectors(struct agent *a)
{
    a->server.n_collectors = (uint32_t)n_collectors;
    a->server.collectors = calloc(n_collectors, sizeof *a->server.collectors);
    for (size_t i = 0; a->server.collectors && i < n_collectors; i++)
        a->server.collectors[i] = (struct broker_collector){
            .name = collectors[i]->name,
            .plan = collectors[i]->kernel,
            .config = config_section_of(a->config->config, collectors[i]->name),
        };
}

static int open_pair(struct agent *a, struct err *why)
{
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
        return err_set(why, errno, "the socket pair between the two halves: %s", strerror(errno));
    a->server.fd = pair[0];
    a->worker_fd = pair[1];
    return 0;
}

static int check_privileges(const struct agent_config *config, struct err *why)
{
    char missing[512];
    (void)config;
    if (!sandbox_missing_capabilities(missing, sizeof missing))
        return 0;
    return err_set(why, EPERM, "missing %s; run as root, or grant them", missing);
}

static int prepare(struct agent *a, struct err *why)
{
    int rc = check_privileges(a->config, why);
    if (!rc)
        rc = agent_open_sockets(a->config, &a->sockets, why);
    if (!rc)
        rc = open_pair(a, why);
    if (rc)
        return rc;
    list_collectors(a);
    if (!a->server.collectors)
        return err_set(why, ENOMEM, "out of memory");
    kernel_init();
    struct err note = {0};
    struct stats_clock *clock = stats_clock_create();
    if (!clock)
        return err_set(why, ENOMEM, "out of memory");
    if (stats_switch_open(&a->stats, clock, &note) < 0)
        log_warn("%s", note.text);
    return 0;
}

static struct worker_start worker_start_of(struct agent *a)
{
    return (struct worker_start){.config = a->config,
                                 .sockets = &a->sockets,
                                 .broker_fd = a->worker_fd,
                                 .broker_pid = getpid(),
                                 .again = a->restarts > 0,
                                 .stats = a->stats.clock};
}

static int compare_ints(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

/* A worker that is started again must not inherit the broker's programs and links. */
static void close_all_but(const struct worker_start *start)
{
    int keep[] = {STDERR_FILENO, start->broker_fd, start->sockets->data_fd, start->sockets->unix_fd, start->sockets->tcp_fd};
    enum { N = sizeof keep / sizeof keep[0] };
    qsort(keep, N, sizeof keep[0], compare_ints);
    unsigned from = STDERR_FILENO + 1;
    for (size_t i = 0; i < N; i++) {
        if (keep[i] < (int)from)
            continue;
        if (keep[i] > (int)from)
            close_range(from, (unsigned)keep[i] - 1, 0);
        from = (unsigned)keep[i] + 1;
    }
    close_range(from, ~0u, 0);
}

static int start_worker(struct agent *a, struct err *why)
{
    struct worker_start start = worker_start_of(a);
    a->worker = fork();
    if (a->worker < 0)
        return err_set(why, errno, "the worker cannot be started: %s", strerror(errno));
    if (a->worker == 0) {
        close_all_but(&start);
        _exit(worker_run(&start));
    }
    close(a->worker_fd);
    a->worker_fd = -1;
    return 0;
}

static int catch_signals(struct agent *a, struct err *why)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGCHLD);
    sigprocmask(SIG_BLOCK, &set, NULL);
    a->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    return a->signal_fd < 0 ? err_set(why, errno, "signalfd: %s", strerror(errno)) : 0;
}

/* SIGINT or SIGTERM: true. SIGCHLD is only a wake-up. */
static bool read_signals(struct agent *a)
{
    struct signalfd_siginfo info;
    bool stop = false;
    while (read(a->signal_fd, &info, sizeof info) == sizeof info)
        stop |= info.ssi_signo != SIGCHLD;
    return stop;
}

/* Waits for the worker after it was told to stop; ends it when it does not. */
static int reap_worker(struct agent *a, int64_t patience_ms)
{
    int status = 0;
    int64_t deadline = clock_mono_ns() + patience_ms * NS_PER_MS;
    while (waitpid(a->worker, &status, WNOHANG) == 0) {
        int64_t left = (deadline - clock_mono_ns()) / NS_PER_MS;
        if (left <= 0) {
            log_error("the worker does not stop; ended by force");
            kill(a->worker, SIGKILL);
            waitpid(a->worker, &status, 0);
            break;
        }
        struct pollfd signals = {.fd = a->signal_fd, .events = POLLIN};
        poll(&signals, 1, (int)left);
        read_signals(a);
    }
    a->worker = 0;
    return status;
}

static int start_service(struct agent *a, struct err *why)
{
    a->service = service_start(&a->server, a->config, why);
    return a->service ? 0 : -why->code;
}

/* The worker ended by itself. 1: started again; 0: the agent ends too; negative: it cannot go on. */
static int after_worker(struct agent *a, int status, struct err *why)
{
    if (WIFEXITED(status))
        return WEXITSTATUS(status) ? -(why->code = ECHILD) : 0;
    log_error("the worker was ended by signal %d (%s)", WTERMSIG(status), strsignal(WTERMSIG(status)));
    if (a->restarts++ >= RESTARTS_MAX)
        return err_set(why, ECHILD, "the worker died %d times; giving up", a->restarts);
    service_join(a->service, -1); /* its requests have ended with the worker */
    a->service = NULL;
    close(a->server.fd);
    int rc = open_pair(a, why);
    if (!rc)
        rc = start_worker(a, why);
    if (!rc)
        rc = start_service(a, why);
    return rc ? rc : 1;
}

/* A worker that still starts waits for its kernel programs: it must not wait any longer. */
static int stop_worker(struct agent *a, struct err *why)
{
    kill(a->worker, SIGTERM);
    if (!service_loaded(a->service))
        shutdown(a->server.fd, SHUT_RDWR);
    int status = reap_worker(a, STOP_PATIENCE_MS);
    return WIFEXITED(status) && WEXITSTATUS(status) ? -(why->code = ECHILD) : 0;
}

static void hear_service(struct agent *a, bool *started)
{
    service_heard(a->service);
    if (*started || !service_loaded(a->service))
        return;
    stats_switch_start(&a->stats);
    *started = true;
}

/* Waits for signals, the worker's end and the turns of the statistics. */
static int watch(struct agent *a, struct err *why)
{
    bool started = false;
    for (;;) {
        int status, rc = 1;
        struct pollfd fds[] = {{.fd = a->signal_fd, .events = POLLIN}, {.fd = service_fd(a->service), .events = POLLIN}};
        if (poll(fds, 2, stats_switch_turn(&a->stats, clock_boot_ns())) < 0 && errno != EINTR)
            return err_set(why, errno, "poll: %s", strerror(errno));
        if (fds[0].revents && read_signals(a))
            return stop_worker(a, why);
        if (fds[1].revents)
            hear_service(a, &started);
        if (service_ended(a->service))
            rc = after_worker(a, reap_worker(a, STOP_PATIENCE_MS), why);
        else if (fds[0].revents && waitpid(a->worker, &status, WNOHANG) > 0)
            rc = after_worker(a, status, why);
        if (rc <= 0)
            return rc;
    }
}

/* --no-split: both halves in one process, for a debugger. */
static int run_together(struct agent *a)
{
    struct err why = {0};
    struct worker_start start = worker_start_of(a);
    if (start_service(a, &why) < 0) {
        log_error("%s", why.text);
        return 1;
    }
    int code = worker_run(&start);
    shutdown(a->server.fd, SHUT_RDWR);
    return code;
}

static int run_apart(struct agent *a)
{
    struct err why = {0};
    int rc = catch_signals(a, &why); /* first: a signal to the young worker waits until it can handle it */
    if (!rc)
        rc = start_worker(a, &why);
    if (!rc)
        rc = sandbox_trim_broker(&why);
    if (!rc) {
        tracefs_ensure();
        rc = start_service(a, &why);
    }
    if (!rc)
        rc = watch(a, &why);
    if (rc < 0 && why.text[0])
        log_error("%s", why.text);
    return rc < 0 ? 1 : 0;
}

int agent_run(const struct agent_config *config)
{
    struct err why = {0};
    struct agent a = {.config = config, .server.fd = -1, .worker_fd = -1, .signal_fd = -1, .stats.fd = -1};
    a.sockets = (struct agent_sockets){.data_fd = -1, .lock_fd = -1, .unix_fd = -1, .tcp_fd = -1};
    log_set_name("sonde");
    signal(SIGPIPE, SIG_IGN);
    int code = 1;
    if (prepare(&a, &why) < 0)
        log_error("%s", why.text);
    else
        code = config->split ? run_apart(&a) : run_together(&a);
    if (!service_join(a.service, SERVICE_PATIENCE_MS)) { /* a program is being checked: the end of the process ends that, too */
        agent_close_sockets(config, &a.sockets);
        _exit(code);
    }
    broker_unload_all(&a.server);
    free(a.server.collectors);
    agent_close_sockets(config, &a.sockets);
    stats_switch_close(&a.stats);
    for (int *fd = (int[]){a.server.fd, a.worker_fd, a.signal_fd, -2}; *fd != -2; fd++)
        if (*fd >= 0)
            close(*fd);
    return code;
}
