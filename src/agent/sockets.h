/* What the broker opens before the worker exists: the data directory with its lock, the listening sockets, the token. */
#pragma once
#include "agent/options.h"

struct agent_sockets {
    int data_fd;    /* the data directory */
    int lock_fd;    /* held for the life of the agent */
    int unix_fd;    /* listening */
    int tcp_fd;     /* listening, or -1 */
    char token[65]; /* for TCP clients; "" without a TCP listener */
};

/* Makes the directory (owned by the worker's user), locks it, opens the sockets. Errors name the other agent, the socket left
 * over, the address in use. */
int agent_open_sockets(const struct agent_config *config, struct agent_sockets *out, struct err *why);
/* Closes, and removes the socket's file. */
void agent_close_sockets(const struct agent_config *config, struct agent_sockets *s);
