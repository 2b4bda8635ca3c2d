/* Shared by the files of run/. */
#pragma once
#include "base/err.h"
#include "base/text.h"
#include "kernel/ring.h"
#include "trace/run/run.h"

#include <sys/types.h>

enum { RING_BYTES = 4 << 20, TIMERS_MAX = 64 };

struct timer {
    int fd;
    int program_fd;
};

struct run {
    struct unit *unit;
    const struct trace_options *options;
    int *map_fds; /* by index, as the code counts them; -1: not needed */
    uint32_t n_maps;
    int *program_fds;                /* by instance */
    struct attachment **attachments; /* by target */
    struct timer timers[TIMERS_MAX];
    uint32_t n_timers;
    struct ring *ring;
    struct unit_state *state; /* shared with the programs */
    struct action **actions;  /* by index */
    struct print_style style;
    struct print_names names;
    struct names_state *names_state;
    struct text out;
    uint32_t cpus;
    int epoll;
    pid_t child;
    int child_fd;
    bool ended;
    int exit_code;
    uint64_t lost[LOSS_KINDS]; /* told so far */
};

/* Maps. */
int run_make_maps(struct run *r, struct err *why);
void run_free_maps(struct run *r);
/* print(@x), clear(@x), zero(@x). */
void run_print_map(struct run *r, const struct map_info *m, uint64_t top, uint64_t divisor);
void run_print_all_maps(struct run *r);
void run_clear_map(struct run *r, const struct map_info *m, bool only_zero);
/* Programs. */
int run_load(struct run *r, struct err *why);
int run_attach(struct run *r, struct err *why);
void run_detach(struct run *r);
void run_programs_of(struct run *r, enum provider p); /* BEGIN and END */
void run_program(int fd);
/* Does what a record asks for. */
void run_action(void *arg, const void *record, size_t size);
void run_flush(struct run *r);
/* Names for addresses and numbers. */
int run_names_open(struct run *r);
void run_names_close(struct run *r);
