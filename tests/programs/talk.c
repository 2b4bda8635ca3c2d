/* Two ends that transfer exactly what they are told, for tests that compare with what was observed.
 *   talk server ADDRESS                         TCP; prints its port, then serves one connection after the other for ever
 *   talk client ADDRESS PORT UP DOWN HOW COUNT  COUNT connections: UP bytes there, DOWN bytes back, ended HOW:
 *                                               c client closes first, s server does, R client resets, S server resets
 *                                               h hold: prints "held", awaits a line in the file $HOLD, transfers again, then c
 *   talk echo ADDRESS                           UDP; prints its port, answers each datagram with one of twice its size
 *   talk ask ADDRESS PORT SIZE COUNT            UDP; COUNT datagrams, each answered
 * A transfer starts with a head of 32 bytes, which UP includes. Exit 0; else the errno by number, told on stderr. */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { HEAD = 32, CHUNK = 65536 };

static char buffer[CHUNK];

static void fail(const char *what)
{
    int error = errno;
    perror(what);
    exit(error ? error : 1);
}

static void check(long rc, const char *what)
{
    if (rc < 0)
        fail(what);
}

static int open_socket(const char *address, const char *port, int type, struct sockaddr_storage *to, socklen_t *size)
{
    struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV, .ai_socktype = type}, *found;
    if (getaddrinfo(address, port, &hints, &found)) {
        errno = EINVAL;
        fail(address);
    }
    int fd = socket(found->ai_family, type, 0);
    check(fd, "socket");
    memcpy(to, found->ai_addr, found->ai_addrlen);
    *size = found->ai_addrlen;
    freeaddrinfo(found);
    return fd;
}

static int bound_socket(const char *address, int type)
{
    struct sockaddr_storage at;
    socklen_t size;
    int fd = open_socket(address, "0", type, &at, &size);
    check(bind(fd, (struct sockaddr *)&at, size), "bind");
    check(getsockname(fd, (struct sockaddr *)&at, &size), "getsockname");
    if (type == SOCK_STREAM)
        check(listen(fd, 1024), "listen");
    printf("%u\n", ntohs(((struct sockaddr_in *)&at)->sin_port)); /* at the same place in sockaddr_in6 */
    fflush(stdout);
    return fd;
}

static void send_bytes(int fd, long n)
{
    while (n > 0) {
        long sent = send(fd, buffer, n < CHUNK ? (size_t)n : CHUNK, MSG_NOSIGNAL);
        check(sent, "send");
        n -= sent;
    }
}

/* Returns false at the end of the stream. */
static int receive_bytes(int fd, long n)
{
    while (n > 0) {
        long got = recv(fd, buffer, n < CHUNK ? (size_t)n : CHUNK, 0);
        if (got <= 0)
            return 0;
        n -= got;
    }
    return 1;
}

static void send_request(int fd, long up, long down, char how)
{
    char head[HEAD] = {0};
    snprintf(head, sizeof head, "%c %ld %ld", how, up, down);
    check(send(fd, head, HEAD, MSG_NOSIGNAL), "send");
    send_bytes(fd, up - HEAD);
}

static void reset(int fd)
{
    struct linger now = {.l_onoff = 1};
    check(setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now), "SO_LINGER");
    close(fd);
}

static void wait_end(int fd)
{
    while (recv(fd, buffer, CHUNK, 0) > 0)
        ;
}

static void serve(int fd)
{
    char head[HEAD], how = 'c';
    long up, down;
    while (recv(fd, head, HEAD, MSG_WAITALL) == HEAD && sscanf(head, "%c %ld %ld", &how, &up, &down) == 3) {
        if (!receive_bytes(fd, up - HEAD))
            break;
        send_bytes(fd, down);
        if (how == 'S') {
            reset(fd);
            return;
        }
        if (how == 's') {
            check(shutdown(fd, SHUT_WR), "shutdown");
            break;
        }
    }
    wait_end(fd);
    close(fd);
}

static _Noreturn void server(const char *address)
{
    int fd = bound_socket(address, SOCK_STREAM);
    for (;;) {
        int one = accept(fd, NULL, NULL);
        check(one, "accept");
        serve(one);
    }
}

static void hold(void)
{
    const char *path = getenv("HOLD");
    puts("held");
    fflush(stdout);
    FILE *f = path ? fopen(path, "r") : NULL;
    if (!f || !fgets(buffer, sizeof buffer, f))
        fail("HOLD");
    fclose(f);
}

static void converse(const char *address, const char *port, long up, long down, char how)
{
    struct sockaddr_storage to;
    socklen_t size;
    int fd = open_socket(address, port, SOCK_STREAM, &to, &size);
    check(connect(fd, (struct sockaddr *)&to, size), "connect");
    send_request(fd, up, down, how);
    if (!receive_bytes(fd, down))
        fail("recv");
    if (how == 'h') {
        hold();
        send_request(fd, up, down, 'c');
        receive_bytes(fd, down);
    }
    if (how == 's' || how == 'S')
        wait_end(fd);
    if (how == 'R') {
        reset(fd);
        return;
    }
    shutdown(fd, SHUT_WR);
    wait_end(fd);
    close(fd);
}

static _Noreturn void echo(const char *address)
{
    struct sockaddr_storage from;
    int fd = bound_socket(address, SOCK_DGRAM);
    for (;;) {
        socklen_t size = sizeof from;
        long n = recvfrom(fd, buffer, CHUNK / 2, 0, (struct sockaddr *)&from, &size);
        check(n, "recvfrom");
        check(sendto(fd, buffer, 2 * (size_t)n, 0, (struct sockaddr *)&from, size), "sendto");
    }
}

static int ask(const char *address, const char *port, long bytes, long count)
{
    struct sockaddr_storage to;
    socklen_t size;
    int fd = open_socket(address, port, SOCK_DGRAM, &to, &size);
    for (long i = 0; i < count; i++) {
        check(sendto(fd, buffer, (size_t)bytes, 0, (struct sockaddr *)&to, size), "sendto");
        check(recv(fd, buffer, CHUNK, 0), "recv");
    }
    return 0;
}

static int client(char **argv)
{
    for (long left = atol(argv[7]); left > 0; left--)
        converse(argv[2], argv[3], atol(argv[4]), atol(argv[5]), argv[6][0]);
    return 0;
}

int main(int argc, char **argv)
{
    const char *role = argc > 2 ? argv[1] : "";
    if (!strcmp(role, "server"))
        server(argv[2]);
    if (!strcmp(role, "echo"))
        echo(argv[2]);
    if (!strcmp(role, "client") && argc == 8)
        return client(argv);
    if (!strcmp(role, "ask") && argc == 6)
        return ask(argv[2], argv[3], atol(argv[4]), atol(argv[5]));
    fprintf(stderr, "talk: server, client, echo or ask\n");
    return 2;
}
