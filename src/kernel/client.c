/* The worker's side of the broker: one request at a time. */
#include "kernel/broker.h"
#include "kernel/wire.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct broker {
    int fd;
    pthread_mutex_t lock;
    struct broker_reply reply; /* one for all: large */
    int descriptors[BROKER_MAX_DESCRIPTORS];
    size_t n_descriptors;
};

struct broker *broker_connect(int fd)
{
    struct broker *b = calloc(1, sizeof *b);
    if (!b)
        return NULL;
    b->fd = fd;
    pthread_mutex_init(&b->lock, NULL);
    return b;
}

void broker_disconnect(struct broker *b)
{
    if (!b)
        return;
    close(b->fd);
    pthread_mutex_destroy(&b->lock);
    free(b);
}

static void close_descriptors(struct broker *b, size_t from)
{
    for (size_t i = from; i < b->n_descriptors; i++)
        close(b->descriptors[i]);
    b->n_descriptors = from;
}

/* With the lock held: the reply is in b->reply. Its status, or -errno. */
static int ask(struct broker *b, const struct broker_request *q, struct err *why)
{
    memset(&b->reply, 0, sizeof b->reply);
    b->n_descriptors = 0;
    int rc = wire_send(b->fd, q, sizeof *q, NULL, 0);
    if (rc < 0)
        return err_set(why, -rc, "the privileged half cannot be asked: %s", strerror(-rc));
    long got = wire_receive(b->fd, &b->reply, sizeof b->reply, b->descriptors, BROKER_MAX_DESCRIPTORS, &b->n_descriptors);
    if (got < (long)offsetof(struct broker_reply, unit)) {
        close_descriptors(b, 0);
        return err_set(why, EPIPE, "the privileged half is gone");
    }
    if (b->reply.status < 0) {
        close_descriptors(b, 0);
        return err_set(why, -b->reply.status, "%.760s", b->reply.why);
    }
    return b->reply.status;
}

static struct kernel_unit *take_unit(struct broker *b)
{
    struct kernel_unit *u = malloc(sizeof *u);
    *u = b->reply.unit;
    size_t at = 0;
    for (uint32_t i = 0; i < u->n_maps; i++)
        u->maps[i].fd = at < b->n_descriptors ? b->descriptors[at++] : -1;
    for (uint32_t i = 0; i < u->n_programs; i++)
        u->programs[i].fd = at < b->n_descriptors ? b->descriptors[at++] : -1;
    close_descriptors(b, at);
    return u;
}

int broker_load(struct broker *b, uint32_t collector, struct kernel_unit **unit, struct err *why)
{
    struct broker_request q = {.type = BROKER_LOAD, .collector = collector};
    pthread_mutex_lock(&b->lock);
    int rc = ask(b, &q, why);
    *unit = rc >= 0 || b->reply.unit.n_hooks ? take_unit(b) : NULL; /* a refused unit still says how each hook failed */
    pthread_mutex_unlock(&b->lock);
    return rc;
}

static int ask_descriptor(struct broker *b, const struct broker_request *q, struct err *why)
{
    pthread_mutex_lock(&b->lock);
    int rc = ask(b, q, why);
    if (rc >= 0) {
        rc = b->n_descriptors ? b->descriptors[0] : err_set(why, EPROTO, "the privileged half sent no descriptor");
        if (b->n_descriptors > 1)
            close_descriptors(b, 1);
    }
    pthread_mutex_unlock(&b->lock);
    return rc;
}

int broker_open_iter(struct broker *b, uint32_t collector, const char *program, struct err *why)
{
    struct broker_request q = {.type = BROKER_ITER, .collector = collector};
    if (strlen(program) >= sizeof q.program)
        return err_set(why, ENAMETOOLONG, "iterator %s: the name is too long", program);
    strcpy(q.program, program);
    return ask_descriptor(b, &q, why);
}

int broker_open_passwd(struct broker *b)
{
    struct broker_request q = {.type = BROKER_PASSWD};
    return ask_descriptor(b, &q, NULL);
}

int broker_proc_link(struct broker *b, uint32_t pid, enum proc_link which, char *buf, size_t size)
{
    struct broker_request q = {.type = BROKER_PROC_LINK, .pid = pid, .which = which};
    pthread_mutex_lock(&b->lock);
    int rc = ask(b, &q, NULL);
    if (rc >= 0) {
        if ((size_t)rc >= size)
            rc = (int)size - 1;
        memcpy(buf, b->reply.text, (size_t)rc);
        buf[rc] = '\0';
    }
    pthread_mutex_unlock(&b->lock);
    return rc;
}
