/* Start and stop of the HTTP server, and the way of a request through it. */
#include "inside.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Called with the request's head, then with each piece of its body, then once more. */
static api_result take_body(struct api_request *r, const char *bytes, size_t n)
{
    r->body_size += n;
    if (r->intake) {
        if (r->body_size <= API_ROWS_CEILING)
            intake_take(r->intake, bytes, n);
        return r->body_size <= 2ULL * API_ROWS_CEILING ? MHD_YES : MHD_NO;
    }
    if (r->body_size <= API_BODY_CEILING)
        text_add(&r->body, bytes, n);
    return r->body_size <= 2 * API_BODY_CEILING ? MHD_YES : MHD_NO; /* no answer can be sent before its end */
}

static api_result too_large(struct api_request *r)
{
    if (r->intake)
        return reply_error(r, MHD_HTTP_CONTENT_TOO_LARGE, "more than %d bytes of rows in one request; the first %d were taken",
                           API_ROWS_CEILING, API_ROWS_CEILING);
    return reply_error(r, MHD_HTTP_CONTENT_TOO_LARGE, "the body is larger than %d bytes", API_BODY_CEILING);
}

static bool announced_too_large(struct api_request *r)
{
    const char *length = MHD_lookup_connection_value(r->connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_LENGTH);
    return length && strtoull(length, NULL, 10) > API_BODY_CEILING;
}

static api_result begin(struct api_request *r)
{
    api_result sent = MHD_YES;
    r->started = true;
    if (atomic_load(&r->door->api->stopping))
        return reply_error(r, MHD_HTTP_SERVICE_UNAVAILABLE, "the agent is stopping");
    if (!gate_open(r, route_is_public(r->path), &sent))
        return sent;
    if (intake_wanted(r))
        return intake_open(r);
    return announced_too_large(r) ? too_large(r) : sent;
}

static api_result on_request(void *arg, struct MHD_Connection *connection, const char *path, const char *method, const char *version,
                             const char *bytes, size_t *n, void **state)
{
    struct api_request *r = *state;
    (void)version;
    if (!r) {
        r = *state = calloc(1, sizeof *r);
        if (!r)
            return MHD_NO;
    }
    r->door = arg;
    r->connection = connection;
    r->path = path;
    r->method = method;
    if (!r->started)
        return begin(r);
    if (*n && !r->answered) {
        size_t length = *n;
        *n = 0;
        return take_body(r, bytes, length);
    }
    *n = 0;
    if (r->answered)
        return MHD_YES;
    if (r->body_size > (r->intake ? API_ROWS_CEILING : API_BODY_CEILING))
        return too_large(r);
    return r->intake ? intake_answer(r) : route_dispatch(r);
}

static void on_completed(void *arg, struct MHD_Connection *connection, void **state, enum MHD_RequestTerminationCode code)
{
    struct api_request *r = *state;
    (void)arg, (void)connection, (void)code;
    if (!r)
        return;
    text_free(&r->body);
    intake_free(r->intake);
    free(r);
    *state = NULL;
}

static int open_door(struct api_door *door, struct api *api, int fd, bool tcp, struct err *why)
{
    door->api = api;
    door->tcp = tcp;
    door->loopback = tcp && gate_is_loopback(fd);
    door->daemon =
        MHD_start_daemon(MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL | MHD_USE_ITC, 0, NULL, NULL,
                         on_request, door, MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_CONNECTION_LIMIT, (unsigned)API_CONNECTIONS,
                         MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)API_SENDER_TIMEOUT_S, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
                         2 * (size_t)API_BLOCK_BYTES, MHD_OPTION_NOTIFY_COMPLETED, on_completed, NULL, MHD_OPTION_END);
    if (door->daemon)
        return 0;
    close(fd);
    return err_set(why, EIO, "the HTTP server could not start on its %s socket: %s", tcp ? "TCP" : "unix", strerror(errno));
}

struct api *api_start(const struct api_options *options, struct err *why)
{
    struct api *api = calloc(1, sizeof *api);
    if (!api) {
        err_set(why, ENOMEM, "out of memory");
        return NULL;
    }
    api->options = *options;
    pthread_mutex_init(&api->lock, NULL);
    int rc = open_door(&api->unix_door, api, options->unix_fd, false, why);
    if (!rc && options->tcp_fd >= 0 && !(options->token && *options->token))
        rc = err_set(why, EINVAL, "listening on TCP needs a token");
    if (!rc && options->tcp_fd >= 0)
        rc = open_door(&api->tcp_door, api, options->tcp_fd, true, why);
    if (!rc)
        return api;
    api_stop(api);
    return NULL;
}

void api_stop(struct api *api)
{
    if (!api)
        return;
    job_end_all(api);
    if (api->unix_door.daemon)
        MHD_stop_daemon(api->unix_door.daemon);
    if (api->tcp_door.daemon)
        MHD_stop_daemon(api->tcp_door.daemon);
    pthread_mutex_destroy(&api->lock);
    free(api);
}
