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

struct session {
    struct unit *unit;
    const struct trace_options *options;
    int *map_fds; /* by index, as the code counts them; -1: not needed */
    uint32_t n_maps;
    int *program_fds;             /* by instance */
    struct attachment attachment; /* all programs' */
    uint32_t n_attached;          /* targets */
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
    int signal_fd; /* of self:signal; -1: none */
    bool ended;
    bool exited; /* by exit(): what programs still send is passed over */
    int exit_code;
    uint64_t lost[LOSS_KINDS]; /* told so far */
};

/* Maps. */
int session_make_maps(struct session *r, struct err *why);
void session_free_maps(struct session *r);
/* print(@x), clear(@x), zero(@x). */
void session_print_map(struct session *r, const struct map_info *m, uint64_t top, uint64_t divisor);
void session_print_all_maps(struct session *r);
void session_clear_map(struct session *r, const struct map_info *m, bool only_zero);
/* Programs. */
int session_load(struct session *r, struct err *why);
int session_attach(struct session *r, struct err *why);
void session_detach(struct session *r);
void session_programs_of(struct session *r, enum provider p); /* BEGIN and END */
void session_program(int fd);
void session_signal(struct session *r); /* self:signal: runs the programs of the signals that have come */
/* Does what a record asks for. */
void session_action(void *arg, const void *record, size_t size);
void session_flush(struct session *r);
/* Actions with files of their own. */
void action_join(struct session *r, const struct action *a, const char *payload);
void action_cat(struct session *r, const struct action *a, const char *payload);
void action_system(struct session *r, const struct action *a, const char *payload);
/* Names for addresses and numbers. */
int session_names_open(struct session *r);
void session_names_close(struct session *r);
