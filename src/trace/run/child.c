#include "trace/run/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WORDS_MAX = 256 };

/* One word into `to`; returns what is behind it. */
static const char *read_word(const char *p, char **to)
{
    char quote = 0;
    for (; *p && (quote || !strchr(" \t\n", *p)); p++) {
        if (*p == quote)
            quote = 0;
        else if (!quote && (*p == '\'' || *p == '"'))
            quote = *p;
        else {
            if (*p == '\\' && quote != '\'' && p[1])
                p++;
            *(*to)++ = *p;
        }
    }
    *(*to)++ = '\0';
    return p;
}

/* Words of a line, in `room`, which is as long as the line and one more. */
static size_t split(const char *line, char *room, char **words)
{
    size_t n = 0;
    for (const char *p = line + strspn(line, " \t\n"); *p && n < WORDS_MAX; p += strspn(p, " \t\n")) {
        words[n++] = room;
        p = read_word(p, &room);
    }
    words[n] = NULL;
    return n;
}

/* In the child: waits for a byte, then becomes the program. */
static void become(int go, int error, char **words)
{
    char byte;
    ssize_t n;
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    signal(SIGINT, SIG_DFL);
    do
        n = read(go, &byte, 1);
    while (n < 0 && errno == EINTR);
    if (n == 1) {
        execvp(words[0], words);
        int code = errno;
        _exit(write(error, &code, sizeof code) == sizeof code ? 127 : 126);
    }
    _exit(127);
}

static int start_words(struct child *c, char **words, struct err *why)
{
    int go[2] = {-1, -1};
    int error[2] = {-1, -1};
    if (pipe2(go, O_CLOEXEC) || pipe2(error, O_CLOEXEC))
        return err_set(why, errno, "no pipe to the program can be made: %s", strerror(errno));
    c->pid = fork();
    if (c->pid == 0) {
        close(go[1]);
        become(go[0], error[1], words);
    }
    close(go[0]);
    close(error[1]);
    c->go_fd = go[1];
    c->error_fd = error[0];
    if (c->pid < 0) {
        c->pid = 0;
        return err_set(why, errno, "%s cannot be started: %s", words[0], strerror(errno));
    }
    c->is_ours = true;
    c->end_fd = (int)syscall(SYS_pidfd_open, c->pid, 0);
    return 0;
}

int child_start(struct child *c, const char *command, struct err *why)
{
    char *room = malloc(strlen(command) + 2);
    char *words[WORDS_MAX + 1];
    *c = (struct child){.end_fd = -1, .go_fd = -1, .error_fd = -1};
    if (!room)
        return err_set(why, ENOMEM, "out of memory");
    int r = split(command, room, words) ? start_words(c, words, why) : err_set(why, EINVAL, "-c wants a command");
    free(room);
    return r;
}

int child_adopt(struct child *c, pid_t pid, struct err *why)
{
    *c = (struct child){.pid = pid, .end_fd = -1, .go_fd = -1, .error_fd = -1};
    c->end_fd = (int)syscall(SYS_pidfd_open, pid, 0);
    if (c->end_fd < 0 && errno == ESRCH)
        return err_set(why, ESRCH, "there is no process %d", (int)pid);
    return 0; /* EINVAL: a thread; it is not waited for */
}

int child_go(struct child *c, struct err *why)
{
    int code = 0;
    if (c->go_fd < 0)
        return 0;
    ssize_t n;
    if (write(c->go_fd, "", 1) != 1)
        return err_set(why, errno, "the command of -c has ended before it could start");
    close(c->go_fd);
    c->go_fd = -1;
    do
        n = read(c->error_fd, &code, sizeof code); /* ends when the program has replaced us */
    while (n < 0 && errno == EINTR);
    return n == sizeof code ? err_set(why, code, "the command of -c cannot be executed: %s", strerror(code)) : 0;
}

void child_end(struct child *c)
{
    if (c->go_fd >= 0)
        close(c->go_fd); /* one that was never let go ends by itself */
    else if (c->is_ours)
        kill(c->pid, SIGTERM);
    if (c->is_ours)
        waitpid(c->pid, NULL, 0);
    if (c->end_fd >= 0)
        close(c->end_fd);
    if (c->error_fd >= 0)
        close(c->error_fd);
    *c = (struct child){.end_fd = -1, .go_fd = -1, .error_fd = -1};
}
