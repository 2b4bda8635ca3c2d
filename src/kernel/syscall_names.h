/* Names of system calls by number, of x86-64 (the kernel's arch/x86/entry/syscalls/syscall_64.tbl, to Linux 6.18). */
#pragma once

/* "openat"; NULL for a number that has no name here. */
const char *syscall_name(long number);
/* The number of a name, -1 when there is none. */
long syscall_number(const char *name);
