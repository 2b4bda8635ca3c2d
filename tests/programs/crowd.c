/* Many TCP connections on loopback, held open: what it costs to look at them all is measured on it.
 *   crowd COUNT      opens COUNT connections, prints "open"; for each line on stdin sends a byte over each of them and prints "sent";
 *                    ends with stdin
 * The far ends live in a child of it, so each process needs COUNT descriptors. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

static long check(long rc, const char *what)
{
    if (rc >= 0)
        return rc;
    perror(what);
    exit(1);
}

static void allow_descriptors(long count)
{
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    check(setrlimit(RLIMIT_NOFILE, &limit), "setrlimit");
    if (limit.rlim_max < (rlim_t)count + 16) {
        fprintf(stderr, "crowd: at most %llu descriptors are allowed\n", (unsigned long long)limit.rlim_max);
        exit(1);
    }
}

static int listen_somewhere(struct sockaddr_in *at)
{
    socklen_t size = sizeof *at;
    int fd = (int)check(socket(AF_INET, SOCK_STREAM, 0), "socket");
    *at = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    check(bind(fd, (struct sockaddr *)at, size), "bind");
    check(getsockname(fd, (struct sockaddr *)at, &size), "getsockname");
    check(listen(fd, 1024), "listen");
    return fd;
}

/* Accepts and never reads: a few bytes wait in each socket. */
static void be_far_end(int listener, long count)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    while (count--)
        check(accept(listener, NULL, NULL), "accept");
    for (;;)
        pause();
}

static void send_all(const int *fds, long count)
{
    for (long i = 0; i < count; i++)
        check(send(fds[i], "x", 1, MSG_NOSIGNAL), "send");
}

int main(int argc, char **argv)
{
    long count = argc == 2 ? atol(argv[1]) : 0;
    struct sockaddr_in at;
    char line[64];
    if (count <= 0) {
        fprintf(stderr, "usage: crowd COUNT\n");
        return 2;
    }
    allow_descriptors(count);
    int *fds = calloc((size_t)count, sizeof *fds), listener = listen_somewhere(&at);
    pid_t far = (pid_t)check(fork(), "fork");
    if (far == 0)
        be_far_end(listener, count);
    for (long i = 0; i < count; i++) {
        fds[i] = (int)check(socket(AF_INET, SOCK_STREAM, 0), "socket");
        check(connect(fds[i], (struct sockaddr *)&at, sizeof at), "connect");
    }
    puts("open");
    fflush(stdout);
    while (fgets(line, sizeof line, stdin)) {
        send_all(fds, count);
        puts("sent");
        fflush(stdout);
    }
    kill(far, SIGKILL);
    return 0;
}
