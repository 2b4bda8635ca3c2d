/* The program of -c, or the process of -p, whose end ends the trace. */
#pragma once
#include "base/err.h"

#include <sys/types.h>

struct child {
    pid_t pid;  /* 0: none */
    int end_fd; /* readable when it has ended */
    int go_fd;  /* of a program that waits to be let go; -1: none */
    int error_fd;
    bool is_ours;
};

/* Starts a command of one line (words apart by blanks, quotes and backslashes as in a shell) that waits until child_go. 0, or -errno with
 * words. */
int child_start(struct child *c, const char *command, struct err *why);
/* A process that is there already. */
int child_adopt(struct child *c, pid_t pid, struct err *why);
/* Lets it run. -errno with words when the program cannot be executed. */
int child_go(struct child *c, struct err *why);
/* Ends it when it is ours and still runs. */
void child_end(struct child *c);
