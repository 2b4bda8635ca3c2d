/* Shared by the files that attach. */
#pragma once
#include "trace/probes/providers.h"

#include <linux/perf_event.h>

/* Owns the descriptor from now on. 0, or -ENOMEM (then it is closed). */
int probe_keep_fd(struct attachment *a, int fd);
/* A number from a file of one line; -errno. */
long attach_read_number(const char *path);
/* Opens an event and links the program to it, with the target's number as cookie; 0 or -errno. */
int attach_perf(struct attachment *a, const struct target *t, int program_fd, struct perf_event_attr *attr, pid_t pid, int cpu);

/* One target each; 0, or -errno with words. */
int attach_perf_tracepoint(struct attachment *a, const struct target *t, int program_fd, struct err *why);
int attach_counter(struct attachment *a, const struct target *t, int program_fd, const struct probe_scope *scope, struct err *why);
int attach_kernel_function(struct attachment *a, const struct target *t, int program_fd, struct err *why);
int attach_user_function(struct attachment *a, const struct target *t, int program_fd, const struct probe_scope *scope, struct err *why);
/* All of them at once. */
int attach_kernel_functions(struct attachment *a, struct target *const *targets, uint32_t n, int program_fd, struct err *why);
int attach_user_functions(struct attachment *a, struct target *const *targets, uint32_t n, int program_fd, const struct probe_scope *scope,
                          struct err *why);
