#include "kernel/wire.h"

#include "kernel/broker.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

bool broker_parse(const void *bytes, size_t size, uint32_t n_collectors, struct broker_request *out)
{
    if (size != sizeof *out)
        return false;
    memcpy(out, bytes, sizeof *out);
    if (!memchr(out->program, '\0', sizeof out->program))
        return false;
    switch (out->type) {
    case BROKER_LOAD: return out->collector < n_collectors;
    case BROKER_ITER: return out->collector < n_collectors && out->program[0];
    case BROKER_PROC_LINK: return out->pid > 0 && out->pid <= 4194304 && (out->which == PROC_EXE || out->which == PROC_CWD);
    case BROKER_PASSWD: return true;
    default: return false;
    }
}

size_t broker_reply_size(const struct broker_request *q, const struct broker_reply *r)
{
    size_t fixed = offsetof(struct broker_reply, unit);
    if (q->type == BROKER_LOAD)
        return fixed + sizeof r->unit;
    if (q->type == BROKER_PROC_LINK && r->status > 0)
        return fixed + (size_t)r->status + 1;
    return fixed;
}

union control {
    struct cmsghdr head;
    char bytes[CMSG_SPACE(BROKER_MAX_DESCRIPTORS * sizeof(int))];
};

int wire_send(int fd, const void *bytes, size_t size, const int *descriptors, size_t n)
{
    if (n > BROKER_MAX_DESCRIPTORS)
        return -E2BIG;
    union control control = {0};
    struct iovec iov = {(void *)(uintptr_t)bytes, size};
    struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1};
    if (n) {
        m.msg_control = control.bytes;
        m.msg_controllen = CMSG_SPACE(n * sizeof(int));
        struct cmsghdr *c = CMSG_FIRSTHDR(&m);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(n * sizeof(int));
        memcpy(CMSG_DATA(c), descriptors, n * sizeof(int));
    }
    ssize_t sent;
    do
        sent = sendmsg(fd, &m, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return sent < 0 ? -errno : 0;
}

static void take_descriptors(struct msghdr *m, int *descriptors, size_t room, size_t *n)
{
    for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
            continue;
        size_t count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < count; i++) {
            int fd;
            memcpy(&fd, CMSG_DATA(c) + i * sizeof fd, sizeof fd);
            if (*n < room)
                descriptors[(*n)++] = fd;
            else
                close(fd);
        }
    }
}

long wire_receive(int fd, void *bytes, size_t size, int *descriptors, size_t room, size_t *n)
{
    union control control;
    struct iovec iov = {bytes, size};
    struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes};
    ssize_t got;
    *n = 0;
    do
        got = recvmsg(fd, &m, MSG_CMSG_CLOEXEC);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return -errno;
    take_descriptors(&m, descriptors, room, n);
    return m.msg_flags & MSG_TRUNC ? -EMSGSIZE : (long)got;
}
