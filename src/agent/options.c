#include "agent/options.h"

#include "collectors/collector.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* "all", then the registry. */
static const char *collector_choice(size_t i)
{
    if (!i)
        return "all";
    return i <= n_collectors ? collectors[i - 1]->name : NULL;
}

const struct config_option agent_options[] = {
    {"config", CONFIG_TEXT, AGENT_CONFIG_FILE, "FILE", "configuration file; the default one may be missing", .letter = 'c',
     .command_line_only = true},
    {"data", CONFIG_TEXT, "/var/lib/sonde", "DIR", "directory of the store", .letter = 'd'},
    {"socket", CONFIG_TEXT, AGENT_DEFAULT_SOCKET, "PATH", "unix socket that answers the other commands (mode 0660)", .letter = 's'},
    {"listen", CONFIG_TEXT, "", "ADDR:PORT", "serve HTTP on TCP as well; clients show a token, /metrics is open"},
    {"collectors", CONFIG_LIST, "all", "A,B", "what to watch", .choice = collector_choice},
    {"retention", CONFIG_DURATION, "24h", "TIME", "rows older than this are removed, by whole segments", .least = "1m"},
    {"max_disk", CONFIG_BYTES, "2G", "SIZE", "the store's files together; beyond it the oldest segments go", .least = "16M"},
    {"duration", CONFIG_DURATION, "0", "TIME", "stop after this; 0: run until a signal"},
    {"segment", CONFIG_DURATION, "1h", "TIME", "rows become a Parquet segment after this", .least = "1s", .most = "1d"},
    {"user", CONFIG_TEXT, AGENT_DEFAULT_USER, "NAME", "user of the unprivileged half; a name or a number"},
    {"memory_limit", CONFIG_BYTES, "256M", "SIZE", "memory of the store's engine, queries included", .least = "64M"},
    {"query_timeout", CONFIG_DURATION, "30s", "TIME", "longest run of one query", .least = "10ms", .most = "1d"},
    {"no_split", CONFIG_BOOL, "no", NULL, "run as one privileged process; for debugging only"},
};
const size_t n_agent_options = sizeof agent_options / sizeof agent_options[0];

enum { MAX_SECTIONS = 128 };

const struct config_schema *agent_schema(void)
{
    static struct config_section_schema sections[MAX_SECTIONS];
    static struct config_schema schema;
    if (schema.n_sections)
        return &schema;
    size_t n = 0;
    sections[n++] = (struct config_section_schema){"", agent_options, n_agent_options};
    for (size_t i = 0; i < n_collectors && n < MAX_SECTIONS; i++)
        if (collectors[i]->n_options)
            sections[n++] = (struct config_section_schema){collectors[i]->name, collectors[i]->options, collectors[i]->n_options};
    schema = (struct config_schema){sections, n};
    return &schema;
}

static int refuse_listen(const char *text, struct err *why)
{
    return err_set(why, EINVAL, "listen: \"%.100s\" is not an address and a port; write it like 127.0.0.1:9111 or [::1]:9111", text);
}

/* 1..65535, or 0. */
static uint16_t parse_port(const char *text)
{
    char *end;
    if (*text < '0' || *text > '9')
        return 0;
    unsigned long port = strtoul(text, &end, 10);
    return *end || port > UINT16_MAX ? 0 : (uint16_t)port;
}

int agent_parse_listen(const char *text, struct sockaddr_storage *out, socklen_t *size, struct err *why)
{
    struct sockaddr_in *v4 = (struct sockaddr_in *)out;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)out;
    char host[INET6_ADDRSTRLEN + 2] = "";
    const char *colon = strrchr(text, ':');
    uint16_t port = colon ? parse_port(colon + 1) : 0;
    size_t n = colon ? (size_t)(colon - text) : 0;
    if (!port || n >= sizeof host)
        return refuse_listen(text, why);
    memcpy(host, text, n);
    memset(out, 0, sizeof *out);
    *size = sizeof *v4;
    v4->sin_port = htons(port); /* at the same place in both */
    v4->sin_family = AF_INET;
    if (!n || !strcmp(host, "*") || inet_pton(AF_INET, host, &v4->sin_addr) == 1)
        return 0;
    if (host[0] != '[' || host[n - 1] != ']')
        return refuse_listen(text, why);
    host[n - 1] = '\0';
    *size = sizeof *v6;
    v6->sin6_family = AF_INET6;
    return inet_pton(AF_INET6, host + 1, &v6->sin6_addr) == 1 ? 0 : refuse_listen(text, why);
}

/* The worker's ids: the user by name or number; without a choice of the user's, "sonde" where it exists, else a number of our own. */
static int resolve_user(const struct config_section *top, struct agent_config *out, struct err *why)
{
    char *end;
    const char *user = out->user;
    const struct passwd *entry = getpwnam(user);
    unsigned long number = strtoul(user, &end, 10);
    if (entry) {
        out->uid = entry->pw_uid;
        out->gid = entry->pw_gid;
    } else if (*user >= '0' && *user <= '9' && !*end && number < UINT32_MAX) {
        out->uid = (uid_t)number;
        out->gid = (gid_t)number;
    } else if (!config_is_set(top, "user")) {
        static char number_of_ours[16]; /* messages must not name a user that does not exist */
        out->uid = out->gid = AGENT_FALLBACK_UID;
        snprintf(number_of_ours, sizeof number_of_ours, "%d", AGENT_FALLBACK_UID);
        out->user = number_of_ours;
    } else {
        return err_set(why, ENOENT, "user: there is no user \"%.100s\"; create one (useradd --system) or name another", user);
    }
    if (!out->uid && out->split)
        return err_set(
            why, EPERM,
            "user: \"%.100s\" is root, and the worker, which reads what programs and clients send, must not be; name another user", user);
    return 0;
}

static int check_paths(const struct agent_config *c, struct err *why)
{
    enum { LONGEST_SOCKET = 107 }; /* sockaddr_un.sun_path */
    if (!*c->data)
        return err_set(why, EINVAL, "data: the directory's name is empty");
    if (!*c->socket)
        return err_set(why, EINVAL, "socket: the path is empty");
    if (strlen(c->socket) > LONGEST_SOCKET)
        return err_set(why, ENAMETOOLONG, "socket: the path is longer than %d bytes, which is the most that the kernel takes: %.150s",
                       LONGEST_SOCKET, c->socket);
    return 0;
}

static int check_collectors(const struct agent_config *c, struct err *why)
{
    int rc = 0;
    for (size_t i = 0; !rc && i < n_collectors; i++)
        if (collectors[i]->check && agent_config_wants(c, collectors[i]->name))
            rc = collectors[i]->check(config_section_of(c->config, collectors[i]->name), why);
    return rc;
}

int agent_config_read(const struct config *config, struct agent_config *out, struct err *why)
{
    const struct config_section *top = config_section_of(config, "");
    *out = (struct agent_config){
        .config = config,
        .data = config_text(top, "data"),
        .socket = config_text(top, "socket"),
        .retention_ns = config_number(top, "retention"),
        .max_disk_bytes = config_number(top, "max_disk"),
        .duration_ns = config_number(top, "duration"),
        .segment_ns = config_number(top, "segment"),
        .memory_limit_bytes = config_number(top, "memory_limit"),
        .query_timeout_ns = config_number(top, "query_timeout"),
        .user = config_text(top, "user"),
        .split = !config_bool(top, "no_split"),
    };
    out->n_collectors = config_list(top, "collectors", &out->collectors);
    const char *listen = config_text(top, "listen");
    int rc = check_paths(out, why);
    if (!rc && *listen)
        rc = agent_parse_listen(listen, &out->listen, &out->listen_size, why);
    if (!rc)
        rc = check_collectors(out, why);
    return rc ? rc : resolve_user(top, out, why);
}

bool agent_config_wants(const struct agent_config *c, const char *collector)
{
    if (!strcmp(collector, "agent"))
        return true; /* its tables tell what the others lost */
    for (size_t i = 0; i < c->n_collectors; i++)
        if (!strcmp(c->collectors[i], "all") || !strcmp(c->collectors[i], collector))
            return true;
    return false;
}
