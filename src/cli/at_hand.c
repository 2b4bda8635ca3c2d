#include "cli/at_hand.h"

#include "base/clock.h"
#include "base/text.h"
#include "cli/client.h"
#include "cli/interrupt.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <jansson.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { START_PATIENCE_S = 30, END_PATIENCE_MS = 5000, POLL_MS = 20 };

/* ---- the agent that runs ---- */

static bool has_collector(const json_t *status, const char *name, size_t n)
{
    const json_t *c;
    size_t i;
    json_array_foreach(json_object_get(status, "collectors"), i, c)
    {
        const char *found = json_string_value(json_object_get(c, "name")), *state = json_string_value(json_object_get(c, "state"));
        if (found && strlen(found) == n && !memcmp(found, name, n))
            return state && strcmp(state, "failed") != 0;
    }
    return false;
}

/* NULL when it has all of them, else the name of one that it lacks. */
static const char *lacking(const json_t *status, const char *collectors, size_t *n)
{
    for (const char *p = collectors; *p; p += *n + (p[*n] == ',')) {
        *n = strcspn(p, ",");
        if (!has_collector(status, p, *n))
            return p;
    }
    return NULL;
}

/* Whether the running agent can serve; says why not. */
static bool can_serve(const char *socket, const char *collectors, struct text *reason)
{
    struct text body = {0};
    struct err why = {0};
    size_t n;
    bool good = false;
    if (client_fetch(socket, "/v1/status", &body, &why) != CLIENT_DONE) {
        text_adds(reason,
                  access(socket, F_OK) || !access(socket, W_OK) ? "no agent answers" : "the agent does not let you in (permission denied)");
    } else {
        json_t *status = json_loadb(body.bytes, body.length, 0, NULL);
        const char *missing = lacking(status, collectors, &n);
        good = status && !missing;
        if (missing)
            text_addf(reason, "the running agent has no collector %.*s", (int)n, missing);
        json_decref(status);
    }
    text_free(&body);
    return good;
}

/* ---- one of our own ---- */

static int make_dir(struct at_hand *a, struct err *why)
{
    const char *base = getenv("TMPDIR");
    snprintf(a->dir, sizeof a->dir, "%s/sonde.XXXXXX", base && *base && strlen(base) < 40 ? base : "/tmp");
    if (!mkdtemp(a->dir)) {
        int code = errno;
        a->dir[0] = '\0';
        return err_set(why, code, "a folder for the rows cannot be made: %s", strerror(code));
    }
    chmod(a->dir, 0711); /* the agent's worker, another user, passes through */
    snprintf(a->own_socket, sizeof a->own_socket, "%s/sock", a->dir);
    return 0;
}

static void become_agent(const struct at_hand *a, const char *collectors, pid_t parent)
{
    char data[80], log[80], program[4096]; /* by its name, so that it is seen as sonde */
    snprintf(data, sizeof data, "%s/data", a->dir);
    snprintf(log, sizeof log, "%s/log", a->dir);
    int out = open(log, O_WRONLY | O_CREAT | O_CLOEXEC, 0600), null = open("/dev/null", O_RDWR | O_CLOEXEC);
    setpgid(0, 0); /* Ctrl-C is ours */
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (out < 0 || null < 0 || getppid() != parent || dup2(null, 0) < 0 || dup2(null, 1) < 0 || dup2(out, 2) < 0)
        _exit(1);
    ssize_t n = readlink("/proc/self/exe", program, sizeof program - 1);
    program[n > 0 ? n : 0] = '\0';
    execl(program, "sonde", "agent", "--collectors", collectors, "--data", data, "--socket", a->own_socket, "--max-disk", "256M", NULL);
    _exit(127);
}

/* The last line that it wrote. */
static void add_last_words(const struct at_hand *a, struct text *t)
{
    char path[80], bytes[4096];
    snprintf(path, sizeof path, "%s/log", a->dir);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : pread(fd, bytes, sizeof bytes - 1, 0);
    if (fd >= 0)
        close(fd);
    while (n > 0 && bytes[n - 1] == '\n')
        n--;
    bytes[n > 0 ? n : 0] = '\0';
    const char *line = strrchr(bytes, '\n');
    text_adds(t, line ? line + 1 : *bytes ? bytes : "it said nothing");
}

static int gone(struct at_hand *a, struct err *why)
{
    struct text words = {0};
    a->pid = 0;
    add_last_words(a, &words);
    int rc = err_set(why, ECHILD, "an agent of our own could not be started: %s", words.bytes ? words.bytes : "");
    text_free(&words);
    return rc;
}

static int await(struct at_hand *a, struct err *why)
{
    int64_t until = clock_mono_ns() + START_PATIENCE_S * (int64_t)NS_PER_S;
    for (struct pollfd p = {.fd = interrupt_fd(), .events = POLLIN};;) {
        struct text body = {0};
        struct err none = {0};
        bool ready = access(a->own_socket, F_OK) == 0 && client_fetch(a->own_socket, "/v1/status", &body, &none) == CLIENT_DONE;
        text_free(&body);
        if (ready)
            return 0;
        if (waitpid(a->pid, NULL, WNOHANG) == a->pid)
            return gone(a, why);
        if (poll(&p, 1, POLL_MS) > 0)
            return -EINTR;
        if (clock_mono_ns() > until)
            return err_set(why, ETIMEDOUT, "an agent of our own did not become ready within %d s", START_PATIENCE_S);
    }
}

static int start_own(struct at_hand *a, const char *collectors, struct err *why)
{
    pid_t parent = getpid();
    int rc = make_dir(a, why);
    if (rc)
        return rc;
    a->own = true;
    a->pid = fork();
    if (a->pid == 0)
        become_agent(a, collectors, parent);
    if (a->pid < 0)
        return err_set(why, errno, "no process could be started: %s", strerror(errno));
    a->socket = a->own_socket;
    return await(a, why);
}

int at_hand_open(struct at_hand *a, const struct invocation *in, const char *collectors, bool past, struct err *why)
{
    struct text reason = {0};
    *a = (struct at_hand){.socket = client_socket(in)};
    interrupt_catch();
    bool good = can_serve(a->socket, collectors, &reason);
    int rc = 0;
    if (!good && past)
        rc = err_set(why, ENOENT, "%s at %s, so nothing of the past is stored; without --since it watches from now on",
                     reason.bytes ? reason.bytes : "no agent", a->socket);
    else if (!good && geteuid() != 0)
        rc = err_set(why, EPERM, "%s at %s, and watching without one needs root", reason.bytes ? reason.bytes : "no agent", a->socket);
    else if (!good) {
        fprintf(stderr, "sonde %s: %s; watching with one of our own until this ends\n", in->command->name,
                reason.bytes ? reason.bytes : "no agent");
        rc = start_own(a, collectors, why);
    }
    text_free(&reason);
    if (rc)
        at_hand_close(a);
    return rc;
}

int at_hand_wait(int ms)
{
    struct pollfd p = {.fd = interrupt_fd(), .events = POLLIN};
    return poll(&p, 1, ms) > 0 ? -EINTR : 0;
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *where)
{
    (void)st, (void)kind, (void)where;
    remove(path);
    return 0;
}

void at_hand_close(struct at_hand *a)
{
    if (a->pid > 0) {
        kill(a->pid, SIGTERM);
        int64_t until = clock_mono_ns() + END_PATIENCE_MS * (int64_t)NS_PER_MS;
        while (waitpid(a->pid, NULL, WNOHANG) == 0 && clock_mono_ns() < until)
            poll(NULL, 0, POLL_MS);
        if (waitpid(a->pid, NULL, WNOHANG) == 0) {
            kill(a->pid, SIGKILL);
            waitpid(a->pid, NULL, 0);
        }
    }
    if (a->dir[0])
        nftw(a->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    *a = (struct at_hand){0};
}
