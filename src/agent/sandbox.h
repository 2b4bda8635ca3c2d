/* What the worker may still do: see docs/privileges.md. */
#pragma once
#include "base/err.h"

#include <stdbool.h>
#include <sys/types.h>

struct sandbox_report { /* what took hold, for the banner and the status */
    bool user, landlock, seccomp;
    char why[256]; /* what did not, in words */
};

/* Becomes uid/gid without any group or capability, for good. 0 or -errno with words. */
int sandbox_drop_user(uid_t uid, gid_t gid, struct err *why);
/* Landlock: files may be written under data_fd's directory, read under /proc and /sys, nothing else; then seccomp: the
 * system calls that decoding, storing and serving need. Affects threads made later. A kernel without landlock is reported. */
void sandbox_enter(int data_fd, struct sandbox_report *report);
/* Leaves the broker only the capabilities that it needs from here on. */
int sandbox_trim_broker(struct err *why);
/* Words naming the capabilities that `sonde agent` needs and this process lacks; false when none is missing. */
bool sandbox_missing_capabilities(char *out, size_t size);
