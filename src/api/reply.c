/* Whole answers, and what every route asks of a request. */
#include "inside.h"
#include "store/store.h"

#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

api_result reply_text(struct api_request *r, unsigned status, const char *mime, struct text *text)
{
    bool empty = !text->bytes || text->full;
    struct MHD_Response *response = empty ? MHD_create_response_from_buffer(0, "", MHD_RESPMEM_PERSISTENT)
                                          : MHD_create_response_from_buffer(text->length, text->bytes, MHD_RESPMEM_MUST_FREE);
    if (!response || empty)
        text_free(text);
    *text = (struct text){0};
    if (!response)
        return MHD_NO;
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, mime);
    MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
    if (status == MHD_HTTP_UNAUTHORIZED)
        MHD_add_response_header(response, MHD_HTTP_HEADER_WWW_AUTHENTICATE, "Bearer realm=\"sonde\"");
    if (r->allow)
        MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, r->allow);
    if (status == MHD_HTTP_SERVICE_UNAVAILABLE)
        MHD_add_response_header(response, MHD_HTTP_HEADER_RETRY_AFTER, "1");
    api_result queued = MHD_queue_response(r->connection, status, response);
    MHD_destroy_response(response);
    r->answered = true;
    return queued;
}

api_result reply_error(struct api_request *r, unsigned status, const char *format, ...)
{
    char sentence[1024];
    struct text out = {0};
    va_list ap;
    va_start(ap, format);
    vsnprintf(sentence, sizeof sentence, format, ap);
    va_end(ap);
    text_adds(&out, "{\"error\":");
    text_add_json(&out, sentence, strlen(sentence));
    text_adds(&out, "}\n");
    return reply_text(r, status, "application/json", &out);
}

const struct table *api_table(const struct api *api, const char *name)
{
    return store_table(api->options.store, name);
}

api_result reply_no_table(struct api_request *r, const char *name)
{
    const struct table *tables[STORE_TABLES_MAX];
    size_t n = store_tables(r->door->api->options.store, tables, STORE_TABLES_MAX);
    struct text names = {0};
    for (size_t i = 0; i < n && i < STORE_TABLES_MAX; i++)
        text_addf(&names, "%s%s", i ? ", " : "", tables[i]->name);
    api_result sent =
        reply_error(r, MHD_HTTP_NOT_FOUND, "there is no table \"%.100s\"; there are %s", name, names.bytes ? names.bytes : "none");
    text_free(&names);
    return sent;
}

unsigned reply_status(const struct err *why)
{
    switch (why->code) {
    case ETIMEDOUT: return MHD_HTTP_REQUEST_TIMEOUT;
    case ECANCELED: return 499; /* client closed request, nginx's number */
    case ENOMEM: return MHD_HTTP_INSUFFICIENT_STORAGE;
    case EINVAL:
    case EPERM: return MHD_HTTP_BAD_REQUEST;
    default: return MHD_HTTP_SERVICE_UNAVAILABLE;
    }
}

const char *request_parameter(struct api_request *r, const char *name)
{
    return MHD_lookup_connection_value(r->connection, MHD_GET_ARGUMENT_KIND, name);
}

bool request_has(struct api_request *r, const char *name, const char **value)
{
    *value = NULL;
    return MHD_lookup_connection_value_n(r->connection, MHD_GET_ARGUMENT_KIND, name, strlen(name), value, NULL) == MHD_YES;
}

bool request_number(struct api_request *r, const char *name, uint64_t *out, api_result *sent)
{
    const char *value = request_parameter(r, name);
    if (!value)
        return true;
    char *end;
    errno = 0;
    uint64_t number = strtoull(value, &end, 10);
    if (*value >= '0' && *value <= '9' && !*end && !errno) {
        *out = number;
        return true;
    }
    *sent = reply_error(r, MHD_HTTP_BAD_REQUEST, "%s=%.40s is not a whole number", name, value);
    return false;
}

int request_fd(struct api_request *r)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(r->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    return info ? info->connect_fd : -1;
}

bool request_gone(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLRDHUP};
    return fd >= 0 && poll(&p, 1, 0) == 1 && p.revents & (POLLRDHUP | POLLHUP | POLLERR | POLLNVAL);
}
