/* An agent to ask: the one that runs, or one of our own for as long as the command lasts, with just the collectors it needs. */
#pragma once
#include "base/err.h"
#include "cli/command.h"

#include <stdbool.h>
#include <sys/types.h>

struct at_hand {
    const char *socket; /* to ask */
    bool own;           /* ours: it began to watch just now */
    pid_t pid;
    char dir[64], own_socket[80];
};

/* Asks the running agent whether it has these collectors ("process,scheduler"); when there is no agent, or it lacks one, starts one of
 * our own (needs root) and says so on stderr; not when the question is about the past. 0; or -errno with words, -EINTR without. */
int at_hand_open(struct at_hand *a, const struct invocation *in, const char *collectors, bool past, struct err *why);
/* Lets time pass, so that it has something to tell; -EINTR when a signal came. */
int at_hand_wait(int ms);
/* Ends an agent of our own and removes what it stored. */
void at_hand_close(struct at_hand *a);
