#include "agent/sockets.h"

#include "base/log.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* mkdir -p; directories that are made are 0755, for sockets must be reached by their group. */
static int make_directories(const char *path, struct err *why)
{
    char part[4096];
    if (strlen(path) >= sizeof part)
        return err_set(why, ENAMETOOLONG, "%s: the path is too long", path);
    for (const char *p = path;; p++) {
        if (*p && *p != '/')
            continue;
        size_t n = (size_t)(p - path);
        memcpy(part, path, n);
        part[n] = '\0';
        if (n && mkdir(part, 0755) && errno != EEXIST && access(part, F_OK))
            return err_set(why, errno, "%s: the directory cannot be made: %s", part, strerror(errno));
        if (!*p)
            return 0;
    }
}

static int lock_data(const struct agent_config *config, struct agent_sockets *s, struct err *why)
{
    s->lock_fd = openat(s->data_fd, "agent.lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
    if (s->lock_fd < 0 && errno == EROFS) { /* nobody else can write there either */
        s->lock_fd = openat(s->data_fd, "agent.lock", O_RDONLY | O_CLOEXEC);
        if (s->lock_fd < 0)
            return 0;
    }
    if (s->lock_fd < 0)
        return err_set(why, errno, "%s/agent.lock cannot be opened: %s", config->data, strerror(errno));
    char pid[16] = "";
    if (flock(s->lock_fd, LOCK_EX | LOCK_NB)) {
        ssize_t n = read(s->lock_fd, pid, sizeof pid - 1);
        pid[n > 0 ? strcspn(pid, "\n") : 0] = '\0';
        return err_set(why, EBUSY, "another agent (pid %s) uses %s; stop it, or give this one another --data", pid, config->data);
    }
    if (fchmod(s->lock_fd, 0640)) /* an older agent made it readable to all */
        log_debug("%s/agent.lock: %s", config->data, strerror(errno));
    int n = snprintf(pid, sizeof pid, "%d\n", (int)getpid());
    if (ftruncate(s->lock_fd, 0) || pwrite(s->lock_fd, pid, (size_t)n, 0) != n)
        log_debug("%s/agent.lock: the pid cannot be written: %s", config->data, strerror(errno));
    return 0;
}

/* Empty, or a store of ours: what else is there must not change its owner. */
static bool may_be_ours(int fd)
{
    if (faccessat(fd, "agent.lock", F_OK, AT_SYMLINK_NOFOLLOW) == 0)
        return true;
    int copy = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *d = copy < 0 ? NULL : fdopendir(copy);
    bool empty = d;
    for (struct dirent *e; empty && (e = readdir(d));)
        empty = !strcmp(e->d_name, ".") || !strcmp(e->d_name, "..") || !strcmp(e->d_name, "lost+found");
    if (d)
        closedir(d);
    return empty;
}

/* What rows say is as private as the socket: only the worker's user and group may look. */
static int give_to_worker(const struct agent_config *config, const struct agent_sockets *s, struct err *why)
{
    if (!may_be_ours(s->data_fd))
        return err_set(why, ENOTEMPTY, "%s holds other files and is no store of Sonde; give an empty or a new directory as --data",
                       config->data);
    if (config->split && fchown(s->data_fd, config->uid, config->gid) && errno != EROFS)
        return err_set(why, errno, "%s cannot be given to the worker's user %s: %s", config->data, config->user, strerror(errno));
    if (fchmod(s->data_fd, 0750) && errno != EROFS)
        return err_set(why, errno, "%s cannot be closed to others: %s", config->data, strerror(errno));
    return 0;
}

static int open_data(const struct agent_config *config, struct agent_sockets *s, struct err *why)
{
    int rc = make_directories(config->data, why);
    if (rc < 0)
        return rc;
    s->data_fd = open(config->data, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (s->data_fd < 0)
        return err_set(why, errno, "%s cannot be opened: %s", config->data, strerror(errno));
    rc = give_to_worker(config, s, why);
    return rc < 0 ? rc : lock_data(config, s, why);
}

/* A socket file that is there: someone listens (error), or it was left over (removed). */
static int clear_socket(const struct sockaddr_un *address, struct err *why)
{
    struct stat st;
    if (lstat(address->sun_path, &st))
        return 0;
    if (!S_ISSOCK(st.st_mode))
        return err_set(why, EEXIST, "%s exists and is not a socket; remove it or give another --socket", address->sun_path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int rc = connect(fd, (const struct sockaddr *)address, sizeof *address);
    close(fd);
    if (rc == 0)
        return err_set(why, EADDRINUSE, "another agent listens on %s; stop it, or give this one another --socket", address->sun_path);
    log_info("%s was left over by an agent that is gone; replaced", address->sun_path);
    return unlink(address->sun_path) ? err_set(why, errno, "%s cannot be removed: %s", address->sun_path, strerror(errno)) : 0;
}

static int make_parent(const char *path, struct err *why)
{
    char parent[108];
    const char *slash = strrchr(path, '/');
    if (!slash || slash == path)
        return 0;
    snprintf(parent, sizeof parent, "%.*s", (int)(slash - path), path);
    return make_directories(parent, why);
}

static int open_unix(const struct agent_config *config, struct agent_sockets *s, struct err *why)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(config->socket) >= sizeof address.sun_path)
        return err_set(why, ENAMETOOLONG, "%s: a socket's path has at most %zu bytes", config->socket, sizeof address.sun_path - 1);
    strcpy(address.sun_path, config->socket);
    int rc = make_parent(config->socket, why);
    if (rc < 0 || (rc = clear_socket(&address, why)) < 0)
        return rc;
    s->unix_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    mode_t old = umask(0117); /* 0660 from the first moment */
    rc = bind(s->unix_fd, (struct sockaddr *)&address, sizeof address);
    int error = errno;
    umask(old);
    if (rc || listen(s->unix_fd, 128))
        return err_set(why, rc ? error : errno, "%s: cannot listen: %s", config->socket, strerror(rc ? error : errno));
    if (config->split && chown(config->socket, 0, config->gid))
        return err_set(why, errno, "%s cannot be given to group %u: %s", config->socket, (unsigned)config->gid, strerror(errno));
    return 0;
}

static int open_tcp(const struct agent_config *config, struct agent_sockets *s, struct err *why)
{
    if (!config->listen_size)
        return 0;
    int on = 1;
    s->tcp_fd = socket(config->listen.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (s->tcp_fd < 0)
        return err_set(why, errno, "--listen: %s", strerror(errno));
    setsockopt(s->tcp_fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(s->tcp_fd, (const struct sockaddr *)&config->listen, config->listen_size) || listen(s->tcp_fd, 128))
        return err_set(why, errno, "--listen %s: the address cannot be used: %s",
                       config_text(config_section_of(config->config, ""), "listen"), strerror(errno));
    return 0;
}

static void make_token(char token[65])
{
    unsigned char bytes[32];
    if (getrandom(bytes, sizeof bytes, 0) != sizeof bytes)
        abort(); /* cannot fail for 32 bytes once the pool is ready */
    for (size_t i = 0; i < sizeof bytes; i++)
        snprintf(token + 2 * i, 3, "%02x", bytes[i]);
}

/* The token of the data directory, made once; TCP clients must know it. */
static int read_token(const struct agent_config *config, struct agent_sockets *s, struct err *why)
{
    if (s->tcp_fd < 0)
        return 0;
    int fd = openat(s->data_fd, "token", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    ssize_t n = fd >= 0 ? read(fd, s->token, 64) : -1;
    if (fd >= 0)
        close(fd);
    if (n == 64)
        return 0;
    make_token(s->token);
    fd = openat(s->data_fd, "token", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0 || write(fd, s->token, 64) != 64)
        return err_set(why, errno, "%s/token cannot be written: %s", config->data, strerror(errno));
    close(fd);
    return 0;
}

int agent_open_sockets(const struct agent_config *config, struct agent_sockets *out, struct err *why)
{
    *out = (struct agent_sockets){-1, -1, -1, -1, ""};
    int rc = open_data(config, out, why);
    if (!rc)
        rc = open_unix(config, out, why);
    if (!rc)
        rc = open_tcp(config, out, why);
    if (!rc)
        rc = read_token(config, out, why);
    return rc;
}

static void close_one(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

void agent_close_sockets(const struct agent_config *config, struct agent_sockets *s)
{
    if (s->unix_fd >= 0)
        unlink(config->socket);
    close_one(&s->unix_fd);
    close_one(&s->tcp_fd);
    close_one(&s->lock_fd);
    close_one(&s->data_fd);
}
