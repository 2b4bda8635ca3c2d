/* Requests from the worker to the privileged half, over a socket pair. Short, typed, and all there is (docs/privileges.md).
 * Each call blocks until the broker has answered. */
#pragma once
#include "kernel/unit.h"

struct broker;

struct broker *broker_connect(int fd); /* takes the worker's end of the pair; NULL on no memory */
void broker_disconnect(struct broker *b);
/* Loads and attaches the kernel part of a collector (by its index in the registry). The unit is the caller's, with its descriptors;
 * after a failure it may be there without any, to say how each hook failed, or be NULL. */
int broker_load(struct broker *b, uint32_t collector, struct kernel_unit **unit, struct err *why);
void kernel_unit_free(struct kernel_unit *unit); /* closes its descriptors */
/* Opens a new read of an iterator program; returns a descriptor to read() to its end, or -errno. */
int broker_open_iter(struct broker *b, uint32_t collector, const char *program, struct err *why);
/* Where /proc/<pid>/{exe,cwd} points, NUL-terminated into buf; its length or -errno. */
enum proc_link { PROC_EXE, PROC_CWD };
int broker_proc_link(struct broker *b, uint32_t pid, enum proc_link which, char *buf, size_t size);
/* A read-only descriptor of /etc/passwd, or -errno. */
int broker_open_passwd(struct broker *b);
