#include "agent/service.h"

#include "collectors/collector.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct service {
    struct broker_server *server;
    const struct agent_config *config;
    pthread_t thread;
    int news_fd; /* an eventfd */
    atomic_bool loaded, ended;
};

static void tell(struct service *s, atomic_bool *what)
{
    atomic_store(what, true);
    eventfd_write(s->news_fd, 1);
}

static void *serve(void *arg)
{
    struct service *s = arg;
    for (uint32_t i = 0; i < s->server->n_collectors; i++)
        if (agent_config_wants(s->config, s->server->collectors[i].name))
            broker_preload(s->server, i);
    tell(s, &s->loaded);
    while (broker_serve(s->server) > 0)
        ;
    tell(s, &s->ended);
    return NULL;
}

static void service_free(struct service *s)
{
    if (s->news_fd >= 0)
        close(s->news_fd);
    free(s);
}

struct service *service_start(struct broker_server *server, const struct agent_config *config, struct err *why)
{
    struct service *s = calloc(1, sizeof *s);
    if (!s) {
        err_set(why, ENOMEM, "out of memory");
        return NULL;
    }
    s->server = server;
    s->config = config;
    s->news_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    int rc = s->news_fd < 0 ? errno : pthread_create(&s->thread, NULL, serve, s);
    if (!rc)
        return s;
    err_set(why, rc, "the privileged half cannot answer the worker: %s", strerror(rc));
    service_free(s);
    return NULL;
}

int service_fd(const struct service *s)
{
    return s->news_fd;
}

void service_heard(struct service *s)
{
    eventfd_t news;
    eventfd_read(s->news_fd, &news);
}

bool service_loaded(const struct service *s)
{
    return atomic_load(&s->loaded);
}

bool service_ended(const struct service *s)
{
    return atomic_load(&s->ended);
}

bool service_join(struct service *s, int timeout_ms)
{
    if (!s)
        return true;
    struct pollfd news = {.fd = s->news_fd, .events = POLLIN};
    while (!service_ended(s)) {
        service_heard(s);
        if (!service_ended(s) && poll(&news, 1, timeout_ms) == 0)
            return false;
    }
    pthread_join(s->thread, NULL);
    service_free(s);
    return true;
}
