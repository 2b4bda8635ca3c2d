/* The words between the two halves, over a SOCK_SEQPACKET pair: one request, one reply, descriptors beside it. */
#pragma once
#include "kernel/unit.h"

#include <stdbool.h>

enum broker_request_type {
    BROKER_LOAD = 1,  /* load and attach a collector's kernel part → its unit, with map and program descriptors */
    BROKER_ITER,      /* open an iterator → a descriptor */
    BROKER_PROC_LINK, /* read /proc/<pid>/exe or cwd → text */
    BROKER_PASSWD,    /* open /etc/passwd for reading → a descriptor */
    BROKER_REQUEST_TYPES,
};

struct broker_request {
    uint32_t type;
    uint32_t collector; /* index in the registry */
    uint32_t pid;
    uint32_t which;          /* enum proc_link */
    char program[UNIT_NAME]; /* NUL-terminated */
};

enum { BROKER_MAX_DESCRIPTORS = UNIT_MAX_MAPS + UNIT_MAX_PROGRAMS, BROKER_TEXT = 4096 };

struct broker_reply {
    int32_t status; /* 0 or a length, or -errno */
    uint32_t n_descriptors;
    char why[768]; /* words when status is negative */
    union {
        struct kernel_unit unit; /* LOAD; its fd members are meaningless on the wire */
        char text[BROKER_TEXT];  /* PROC_LINK */
    };
};

/* Checks the bytes of a request (they come from the unprivileged half) and copies them. False: not a request. */
bool broker_parse(const void *bytes, size_t size, uint32_t n_collectors, struct broker_request *out);
/* Bytes of a reply that need to be sent for this type. */
size_t broker_reply_size(const struct broker_request *q, const struct broker_reply *r);

/* Sends a packet with descriptors; 0 or -errno. */
int wire_send(int fd, const void *bytes, size_t size, const int *descriptors, size_t n);
/* Receives a packet; its size, 0 when the other side is gone, or -errno. *n: descriptors received (up to their room). */
long wire_receive(int fd, void *bytes, size_t size, int *descriptors, size_t room, size_t *n);
