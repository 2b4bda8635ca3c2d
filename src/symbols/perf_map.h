/* Functions that a program made while it ran, from the file that its maker keeps for profilers: /tmp/perf-PID.map, a line "START SIZE name"
 * each, numbers in base 16 (tools/perf/Documentation/jit-interface.txt of the kernel's sources). Used within symbols/ only. */
#pragma once
#include "symbols/symbol.h"

#include <stdbool.h>
#include <stddef.h>

enum { PERF_MAP_MAX = 1024 * 1024 };

struct perf_map;

/* Of a text. NULL: it has no such line, or memory ran out. What is beyond PERF_MAP_MAX lines is left out. */
struct perf_map *perf_map_create(const char *bytes, size_t n);
/* Of a process, as its own mount and pid namespaces name it. NULL: there is none, or it is neither its user's nor root's. */
struct perf_map *perf_map_read(unsigned pid);
void perf_map_destroy(struct perf_map *m);       /* NULL is fine */
size_t perf_map_bytes(const struct perf_map *m); /* held; 0 for NULL */
/* When several were at a place one after the other, the last. The name lives as long as the map; offset is from its start. */
bool perf_map_find(const struct perf_map *m, uint64_t address, struct symbol *out);
