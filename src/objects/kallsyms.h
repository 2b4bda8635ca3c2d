/* Names of kernel addresses, from /proc/kallsyms. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct kallsyms;

/* Reads them all (some megabytes). NULL when they cannot be read or the kernel hides the addresses. */
struct kallsyms *kallsyms_open(void);
void kallsyms_close(struct kallsyms *k); /* NULL is fine */
/* "vfs_read+0x10" into buf. False when the address is not the kernel's. */
bool kallsyms_name(const struct kallsyms *k, uint64_t address, char *buf, size_t size);
