/* The system calls whose success changes the host or what a process may do, as data. Numbers are x86-64's. */
#pragma once
#include "collectors/failures/failures.wire.h"

enum change_role {
    ROLE_NONE,
    ROLE_CREDENTIALS, /* compare what the task may do with before; only when commit_creds is not watched */
    ROLE_NAMESPACES,  /* compare what it sees, likewise */
    ROLE_MODULE,      /* only when the module tracepoints are not there */
    ROLE_ACT,         /* a change by itself */
};

enum act_text {
    TEXT_NONE = 7,     /* there is none */
    TEXT_HOSTNAME = 8, /* the name that the host has now */
    TEXT_TIME = 16,    /* flag: the argument points to two numbers, seconds and what is left of one */
};

struct change_call {
    __u8 role, kind;
    __u8 text; /* index of the argument that points to a name, or enum act_text */
};

/* X(number, role, kind, text) */
#define CHANGE_CALLS(X)                                                                                                                    \
    X(105, ROLE_CREDENTIALS, CHANGE_CREDENTIALS, TEXT_NONE) /* setuid */                                                                   \
    X(106, ROLE_CREDENTIALS, CHANGE_CREDENTIALS, TEXT_NONE) /* setgid */                                                                   \
    X(113, ROLE_CREDENTIALS, CHANGE_CREDENTIALS, TEXT_NONE) /* setreuid */                                                                 \
    X(114, ROLE_CREDENTIALS, CHANGE_CREDENTIALS, TEXT_NONE) /* setregid */                                                                 \
    X(117, ROLE_CREDENTIALS, CHANGE_CREDENTIALS, TEXT_NONE) /* setresuid */                                                                \
    X(119, ROLE_CREDENTIALS, CHANGE_CREDENTIALS, TEXT_NONE) /* setresgid */                                                                \
    X(122, ROLE_CREDENTIALS, CHANGE_CREDENTIALS, TEXT_NONE) /* setfsuid */                                                                 \
    X(123, ROLE_CREDENTIALS, CHANGE_CREDENTIALS, TEXT_NONE) /* setfsgid */                                                                 \
    X(126, ROLE_CREDENTIALS, CHANGE_CREDENTIALS, TEXT_NONE) /* capset */                                                                   \
    X(59, ROLE_CREDENTIALS, CHANGE_CREDENTIALS, TEXT_NONE)  /* execve */                                                                   \
    X(322, ROLE_CREDENTIALS, CHANGE_CREDENTIALS, TEXT_NONE) /* execveat */                                                                 \
    X(272, ROLE_NAMESPACES, CHANGE_NAMESPACES, TEXT_NONE)   /* unshare */                                                                  \
    X(308, ROLE_NAMESPACES, CHANGE_NAMESPACES, TEXT_NONE)   /* setns */                                                                    \
    X(175, ROLE_MODULE, CHANGE_MODULE_LOAD, TEXT_NONE)      /* init_module */                                                              \
    X(313, ROLE_MODULE, CHANGE_MODULE_LOAD, TEXT_NONE)      /* finit_module */                                                             \
    X(176, ROLE_MODULE, CHANGE_MODULE_FREE, 0)              /* delete_module */                                                            \
    X(161, ROLE_ACT, CHANGE_ROOT, 0)                        /* chroot */                                                                   \
    X(155, ROLE_ACT, CHANGE_ROOT, 0)                        /* pivot_root */                                                               \
    X(170, ROLE_ACT, CHANGE_HOSTNAME, TEXT_HOSTNAME)        /* sethostname */                                                              \
    X(167, ROLE_ACT, CHANGE_SWAP_ON, 0)                     /* swapon */                                                                   \
    X(168, ROLE_ACT, CHANGE_SWAP_OFF, 0)                    /* swapoff */                                                                  \
    X(164, ROLE_ACT, CHANGE_CLOCK, TEXT_TIME | 0)           /* settimeofday */                                                             \
    X(227, ROLE_ACT, CHANGE_CLOCK, TEXT_TIME | 1)           /* clock_settime */

#define CHANGE_CALL_ENTRY(number, role, kind, text) {role, kind, text},

/* Index 0 is no call. */
static const struct change_call change_calls[] = {{0}, CHANGE_CALLS(CHANGE_CALL_ENTRY)};

enum { CHANGE_CALL_COUNT = sizeof change_calls / sizeof change_calls[0] };
