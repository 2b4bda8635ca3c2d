#include "kernel/server.h"

#include "kernel/broker.h"
#include "kernel/wire.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct answer {
    struct broker_reply *reply;
    int descriptors[BROKER_MAX_DESCRIPTORS];
    bool owned; /* close the descriptors after sending: they were opened for this answer */
};

static void refuse(struct answer *a, int rc, const struct err *why)
{
    a->reply->status = rc < 0 ? rc : -EINVAL;
    snprintf(a->reply->why, sizeof a->reply->why, "%s", why->text);
}

static void add_descriptor(struct answer *a, int fd)
{
    a->descriptors[a->reply->n_descriptors++] = fd;
}

static bool load(struct broker_collector *c, struct kernel_unit *failed, struct err *why)
{
    if (c->loaded)
        return true;
    if (!c->plan) {
        err_set(why, ENOENT, "collector %s has no kernel part", c->name);
        return false;
    }
    struct kernel_unit *u = malloc(sizeof *u);
    if (!u) {
        err_set(why, ENOMEM, "out of memory");
        return false;
    }
    c->loaded = kernel_load(c->plan, c->config, u, why);
    if (c->loaded) {
        c->unit = u;
        return true;
    }
    *failed = *u;
    free(u);
    return false;
}

void broker_preload(struct broker_server *s, uint32_t collector)
{
    struct err why = {0};
    struct kernel_unit *unused = malloc(sizeof *unused);
    if (unused && s->collectors[collector].plan)
        load(&s->collectors[collector], unused, &why);
    free(unused);
}

static void answer_load(struct broker_server *s, const struct broker_request *q, struct answer *a)
{
    struct broker_collector *c = &s->collectors[q->collector];
    struct err why = {0};
    struct kernel_unit *u = &a->reply->unit;
    if (!load(c, u, &why)) {
        refuse(a, -why.code, &why);
        return;
    }
    *u = *c->unit;
    for (uint32_t i = 0; i < u->n_maps; i++)
        add_descriptor(a, u->maps[i].fd);
    for (uint32_t i = 0; i < u->n_programs; i++)
        add_descriptor(a, u->programs[i].fd);
}

static void answer_opened(struct answer *a, int fd, const struct err *why)
{
    if (fd < 0) {
        refuse(a, fd, why);
        return;
    }
    add_descriptor(a, fd);
    a->owned = true;
}

static void answer_iter(struct broker_server *s, const struct broker_request *q, struct answer *a)
{
    struct broker_collector *c = &s->collectors[q->collector];
    struct err why = {0};
    int fd = c->loaded ? kernel_open_iter(c->loaded, q->program, &why) : err_set(&why, ENOENT, "collector %s is not loaded", c->name);
    answer_opened(a, fd, &why);
}

static void answer_passwd(struct answer *a)
{
    struct err why = {0};
    int fd = open("/etc/passwd", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        fd = err_set(&why, errno, "/etc/passwd: %s", strerror(errno));
    answer_opened(a, fd, &why);
}

static void answer_link(const struct broker_request *q, struct answer *a)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%u/%s", q->pid, q->which == PROC_EXE ? "exe" : "cwd");
    ssize_t n = readlink(path, a->reply->text, sizeof a->reply->text - 1);
    a->reply->status = n < 0 ? -errno : (int)n;
    if (n >= 0)
        a->reply->text[n] = '\0';
}

static void answer_request(struct broker_server *s, const struct broker_request *q, struct answer *a)
{
    switch (q->type) {
    case BROKER_LOAD: answer_load(s, q, a); break;
    case BROKER_ITER: answer_iter(s, q, a); break;
    case BROKER_PROC_LINK: answer_link(q, a); break;
    case BROKER_PASSWD: answer_passwd(a); break;
    default: break;
    }
}

static void close_owned(struct answer *a)
{
    for (uint32_t i = 0; a->owned && i < a->reply->n_descriptors; i++)
        close(a->descriptors[i]);
}

int broker_serve(struct broker_server *s)
{
    struct broker_request q = {0};
    char bytes[sizeof q + 1];
    size_t strangers = 0;
    int unwanted[4];
    long got = wire_receive(s->fd, bytes, sizeof bytes, unwanted, 4, &strangers);
    for (size_t i = 0; i < strangers; i++)
        close(unwanted[i]);
    if (got == 0 || got == -ECONNRESET)
        return 0;
    if (got < 0 && got != -EMSGSIZE)
        return (int)got;
    struct answer a = {.reply = calloc(1, sizeof *a.reply)};
    if (!a.reply)
        return -ENOMEM;
    if (got > 0 && broker_parse(bytes, (size_t)got, s->n_collectors, &q)) {
        answer_request(s, &q, &a);
    } else {
        struct err why = {0};
        refuse(&a, err_set(&why, EINVAL, "not a request"), &why);
        q.type = 0;
    }
    int rc = wire_send(s->fd, a.reply, broker_reply_size(&q, a.reply), a.descriptors, a.reply->n_descriptors);
    close_owned(&a);
    free(a.reply);
    return rc == -EPIPE ? 0 : rc < 0 ? rc : 1;
}

void broker_unload_all(struct broker_server *s)
{
    for (uint32_t i = 0; i < s->n_collectors; i++) {
        kernel_unload(s->collectors[i].loaded);
        free(s->collectors[i].unit);
        s->collectors[i].loaded = NULL;
        s->collectors[i].unit = NULL;
    }
}
