/* Running a compiled script: its maps, its programs, and what they tell user space to do. */
#pragma once
#include "trace/check/unit.h"
#include "trace/run/child.h"

#include <stdio.h>

struct err;

struct trace_options {
    enum print_form form;
    FILE *out;
    bool verbose;         /* the verifier's log of what it refuses goes to stderr */
    bool is_dry;          /* end once all is attached; BEGIN and END do not run */
    bool in_blocks;       /* write when there is much, or in the end */
    bool quiet;           /* no word about what was attached */
    uint64_t duration_ns; /* 0: until something ends it */
    struct child *child;  /* of -c, let go when all is attached, or of -p; its end ends the trace. NULL: none */
    int stop_fd;          /* readable when the user wants to end it; -1: none */
};

/* Creates maps, loads, attaches, prints until it ends, detaches. Returns the exit code of the script (exit(N)), or -errno with words. */
int trace_run(struct unit *u, const struct trace_options *options, struct err *why);
