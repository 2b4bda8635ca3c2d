/* The unprivileged half: decodes, enriches, stores, answers. */
#pragma once
#include "agent/options.h"
#include "agent/sockets.h"
#include "kernel/stats.h"

struct worker_start {
    const struct agent_config *config;
    struct agent_sockets *sockets;
    int broker_fd; /* our end of the pair */
    pid_t broker_pid;
    const struct stats_clock *stats; /* shared with the broker */
    bool again;                      /* started after a worker died */
};

/* Runs until SIGINT, SIGTERM or the end of the duration. Exit code. */
int worker_run(const struct worker_start *start);
