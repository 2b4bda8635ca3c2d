/* What bpf_printk writes: the kernel's trace pipe, which all programs of the system share. Reading takes the lines from other readers. */
#pragma once
#include "base/err.h"
#include "base/text.h"

struct printk;

struct printk *printk_open(struct err *why);
void printk_close(struct printk *p); /* NULL is fine */
int printk_fd(const struct printk *p);
/* Reads what there is and calls fn for each whole line, without its newline. */
void printk_read(struct printk *p, void (*fn)(void *arg, const char *line, size_t n), void *arg);
