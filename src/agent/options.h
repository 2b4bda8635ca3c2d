/* The agent's options as one table: the command line, the configuration file, --help, the manual and completion read it. */
#pragma once
#include "base/config.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

#define AGENT_CONFIG_FILE    "/etc/sonde.yaml"
#define AGENT_DEFAULT_SOCKET "/run/sonde/sonde.sock"
#define AGENT_DEFAULT_USER   "sonde"
/* The worker's uid and gid where no user "sonde" exists. 60706-61183 is left unused by Debian's and systemd's ranges
 * (https://systemd.io/UIDS-GIDS/). */
enum { AGENT_FALLBACK_UID = 60850 };

extern const struct config_option agent_options[];
extern const size_t n_agent_options;

/* Agent's options at top level, one section per collector of the registry. */
const struct config_schema *agent_schema(void);

/* Checked values. Strings and lists belong to `config`. */
struct agent_config {
    const struct config *config; /* a collector's keys: config_section_of(config, collector->name) */
    const char *data;            /* directory */
    const char *socket;          /* path */
    struct sockaddr_storage listen;
    socklen_t listen_size;         /* 0: no TCP listener */
    const char *const *collectors; /* names; see agent_config_wants */
    size_t n_collectors;
    uint64_t retention_ns;
    uint64_t max_disk_bytes;
    uint64_t duration_ns; /* 0: until a signal */
    uint64_t segment_ns;
    uint64_t memory_limit_bytes;
    uint64_t query_timeout_ns;
    const char *user; /* of the worker, for words */
    uid_t uid;
    gid_t gid;
    bool split; /* false: --no-split */
};

/* Fills *out from a config of agent_schema(); `config` must outlive it. 0 or -errno with words. */
int agent_config_read(const struct config *config, struct agent_config *out, struct err *why);
/* Whether the collector of that name is to run. */
bool agent_config_wants(const struct agent_config *c, const char *collector);
/* "127.0.0.1:9111", "[::1]:9111", "*:9111", ":9111" (the last two: every address). 0 or -errno with words. */
int agent_parse_listen(const char *text, struct sockaddr_storage *out, socklen_t *size, struct err *why);
