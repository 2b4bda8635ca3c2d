/* The maps for Prometheus: an HTTP server that takes its turns in the loop, so that a scrape sees maps between two reads. */
#include "agent/options.h"
#include "cli/run.h"

#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CONNECTIONS = 16, TIMEOUT_S = 10 };

struct run_metrics {
    struct MHD_Daemon *daemon;
    struct run *run;
};

static enum MHD_Result answer_text(struct MHD_Connection *c, unsigned status, const char *type, struct text *body)
{
    struct MHD_Response *response = MHD_create_response_from_buffer(body->length, body->bytes, MHD_RESPMEM_MUST_COPY);
    enum MHD_Result rc = MHD_NO;
    if (response) {
        MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
        rc = MHD_queue_response(c, status, response);
        MHD_destroy_response(response);
    }
    text_free(body);
    return rc;
}

static enum MHD_Result on_request(void *arg, struct MHD_Connection *c, const char *url, const char *method, const char *version,
                                  const char *data, size_t *n, void **state)
{
    struct run_metrics *m = arg;
    struct text body = {0};
    (void)version, (void)data, (void)state;
    *n = 0;
    if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0) {
        text_adds(&body, "only GET is answered\n");
        return answer_text(c, MHD_HTTP_METHOD_NOT_ALLOWED, "text/plain", &body);
    }
    if (strcmp(url, "/metrics") != 0) {
        text_adds(&body, "the maps are at /metrics\n");
        return answer_text(c, MHD_HTTP_NOT_FOUND, "text/plain", &body);
    }
    run_add_metrics(m->run, &body);
    return answer_text(c, MHD_HTTP_OK, "text/plain; version=0.0.4; charset=utf-8", &body);
}

static int open_socket(const char *listen_at, int *fd, struct err *why)
{
    struct sockaddr_storage address;
    socklen_t size = 0;
    int on = 1, rc = agent_parse_listen(listen_at, &address, &size, why);
    if (rc) {
        err_clear(why);
        return err_set(why, EINVAL, "--metrics: \"%.100s\" is not an address and a port; write it like 127.0.0.1:9112", listen_at);
    }
    *fd = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (*fd < 0)
        return err_set(why, errno, "--metrics: %s", strerror(errno));
    setsockopt(*fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (!bind(*fd, (struct sockaddr *)&address, size) && !listen(*fd, CONNECTIONS))
        return 0;
    rc = err_set(why, errno, "--metrics %s: the address cannot be used: %s", listen_at, strerror(errno));
    close(*fd);
    return rc;
}

int run_metrics_open(struct run *r, const char *listen_at, struct err *why)
{
    int fd = -1, rc = open_socket(listen_at, &fd, why);
    if (rc)
        return rc;
    struct run_metrics *m = calloc(1, sizeof *m);
    if (m) {
        m->run = r;
        m->daemon = MHD_start_daemon(MHD_USE_EPOLL, 0, NULL, NULL, on_request, m, MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_CONNECTION_LIMIT,
                                     (unsigned)CONNECTIONS, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)TIMEOUT_S, MHD_OPTION_END);
    }
    if (m && m->daemon) {
        r->metrics = m;
        return 0;
    }
    close(fd);
    free(m);
    return err_set(why, EIO, "the HTTP server of --metrics could not start");
}

int run_metrics_fd(const struct run_metrics *m)
{
    const union MHD_DaemonInfo *info = m ? MHD_get_daemon_info(m->daemon, MHD_DAEMON_INFO_EPOLL_FD) : NULL;
    return info ? info->epoll_fd : -1;
}

void run_metrics_turn(struct run_metrics *m)
{
    MHD_run(m->daemon);
}

void run_metrics_close(struct run_metrics *m)
{
    if (!m)
        return;
    MHD_stop_daemon(m->daemon);
    free(m);
}
