/* The privileged half: answers the worker's requests, and nothing else. */
#pragma once
#include "kernel/load.h"

struct broker_collector {
    const char *name;
    const struct kernel_plan *plan; /* NULL: no kernel part */
    const struct config_section *config;
    struct kernel_loaded *loaded;
    struct kernel_unit *unit; /* of what is loaded: a worker that was started again gets the same */
};

struct broker_server {
    int fd; /* our end of the pair */
    struct broker_collector *collectors;
    uint32_t n_collectors;
};

/* Answers one request. 1: answered; 0: the worker is gone; -errno. A malformed request is answered with EINVAL. */
int broker_serve(struct broker_server *s);
/* Loads a collector before it is asked for: the worker opens its store at the same time. A failure is told when it asks. */
void broker_preload(struct broker_server *s, uint32_t collector);
void broker_unload_all(struct broker_server *s);
