/* Who may come in: the unix socket's mode is its gate; TCP asks for the token, and on loopback for a local name in Host, so that
 * a web page whose name was rebound to 127.0.0.1 cannot ask. */
#include "inside.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

bool gate_is_loopback(int fd)
{
    struct sockaddr_storage address = {0};
    socklen_t size = sizeof address;
    if (getsockname(fd, (struct sockaddr *)&address, &size))
        return false;
    if (address.ss_family == AF_INET)
        return ntohl(((struct sockaddr_in *)&address)->sin_addr.s_addr) >> 24 == 127;
    return address.ss_family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&((struct sockaddr_in6 *)&address)->sin6_addr);
}

/* Takes as long whatever the difference; only the length is told. */
static bool equal(const char *a, const char *b)
{
    size_t n = strlen(a);
    unsigned char difference = 0;
    if (n != strlen(b))
        return false;
    for (size_t i = 0; i < n; i++)
        difference |= (unsigned char)(a[i] ^ b[i]);
    return !difference;
}

static const char *header(struct api_request *r, const char *name)
{
    const char *value = MHD_lookup_connection_value(r->connection, MHD_HEADER_KIND, name);
    return value ? value : "";
}

static bool token_right(struct api_request *r)
{
    static const char scheme[] = "Bearer ";
    const char *value = header(r, MHD_HTTP_HEADER_AUTHORIZATION);
    size_t n = sizeof scheme - 1;
    return strlen(value) > n && !strncasecmp(value, scheme, n) && equal(value + n, r->door->api->options.token);
}

static bool host_is_local(const char *host)
{
    static const char *const names[] = {"localhost", "127.0.0.1", "[::1]"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        size_t n = strlen(names[i]);
        if (!strncasecmp(host, names[i], n) && (!host[n] || host[n] == ':'))
            return true;
    }
    return false;
}

bool gate_open(struct api_request *r, bool public, api_result *sent)
{
    const char *host = header(r, MHD_HTTP_HEADER_HOST);
    if (!r->door->tcp)
        return true;
    if (r->door->loopback && !host_is_local(host)) {
        *sent = reply_error(r, MHD_HTTP_FORBIDDEN, "this address answers to localhost, 127.0.0.1 and [::1], not to \"%.100s\"", host);
        return false;
    }
    if (public || token_right(r))
        return true;
    *sent = reply_error(r, MHD_HTTP_UNAUTHORIZED,
                        "send the agent's token as \"Authorization: Bearer TOKEN\"; it is in the agent's data directory");
    return false;
}
