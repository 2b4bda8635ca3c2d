/* Tracepoints seen as the raw tracepoint below them. */
#include "trace/probes/providers.h"

#include "base/arena.h"
#include "kernel/syscall_names.h"

#include <string.h>

enum { TYPED_MOST = 8 }; /* with arguments each system call has its own program, and each program sees all system calls */

/* Tracepoints are named after the kernel's functions, the table after the calls. Source: arch/x86/entry/syscalls/syscall_64.tbl */
static const char *const other_names[][2] = {
    {"newstat", "stat"},   {"newfstat", "fstat"},      {"newlstat", "lstat"},
    {"newuname", "uname"}, {"sendfile64", "sendfile"}, {"umount", "umount2"},
};

static long number_of(const char *name)
{
    for (size_t i = 0; i < sizeof other_names / sizeof other_names[0]; i++)
        if (!strcmp(other_names[i][0], name))
            return syscall_number(other_names[i][1]);
    return syscall_number(name);
}

static bool begins(const char *text, const char *with)
{
    return !strncmp(text, with, strlen(with));
}

static void prefer_syscall(struct target *t, const struct body_uses *uses, uint32_t n)
{
    bool enter = begins(t->what, "sys_enter_");
    if ((!enter && !begins(t->what, "sys_exit_")) || (uses->args && n > TYPED_MOST))
        return;
    long number = number_of(t->what + strlen(enter ? "sys_enter_" : "sys_exit_"));
    if (number < 0)
        return;
    t->way = ATTACH_RAW_TRACEPOINT;
    t->raw = enter ? "sys_enter" : "sys_exit";
    t->syscall = (uint32_t)number + 1;
}

void target_prefer_raw(struct target *t, const struct body_uses *uses, uint32_t n)
{
    if (t->way != ATTACH_TRACEPOINT || uses->context || (uses->loops && (uses->args || uses->probe)))
        return;
    if (!strcmp(t->group, "syscalls")) {
        prefer_syscall(t, uses, n);
        return;
    }
    if (uses->args && strcmp(t->group, "raw_syscalls") != 0)
        return;
    t->way = ATTACH_RAW_TRACEPOINT;
    t->raw = t->what;
}

bool target_give_up_raw(struct target *t)
{
    if (t->way != ATTACH_RAW_TRACEPOINT || t->provider != PROVIDER_TRACEPOINT || t->syscall || !strcmp(t->group, "raw_syscalls"))
        return false;
    t->way = ATTACH_TRACEPOINT;
    t->raw = NULL;
    return true;
}
