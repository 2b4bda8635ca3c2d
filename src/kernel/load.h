/* Loading and attaching a plan: the first way of each hook that loads and attaches is taken; the reasons why better ones were
 * not are kept. Broker side only. */
#pragma once
#include "kernel/unit.h"

struct config_section;
struct kernel_loaded; /* a loaded object with its links */

/* Loads and attaches the plan; unit describes the result (its descriptors belong to the loaded object). Returns NULL only when
 * nothing of it can be loaded, with words. */
struct kernel_loaded *kernel_load(const struct kernel_plan *plan, const struct config_section *config, struct kernel_unit *unit,
                                  struct err *why);
/* A fresh read of an iterator program: a descriptor, or -errno with words. */
int kernel_open_iter(struct kernel_loaded *k, const char *program, struct err *why);
void kernel_unload(struct kernel_loaded *k); /* detaches; NULL is fine */
/* Quietens libbpf and keeps its last words for reasons. Call once, before any load. */
void kernel_init(void);
