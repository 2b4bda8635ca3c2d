/* What could be traced: sonde trace -l. */
#pragma once
#include "trace/probes/probe.h"

struct text;

/* Appends the names of all probes that match, one a line, sorted by provider and name; verbose: with their arguments in lines below. The
 * pattern is an attach point with wildcards ("tracepoint:sched:*", "kprobe:vfs_*", "*sleep*"), "" for all. What is wrong with it is
 * complained about. */
void probe_list(const char *pattern, bool verbose, struct probe_scope *scope, struct types *types, struct complaints *c, struct text *out);
/* One target, for the list of a script's probes. */
void probe_list_target(const struct target *t, bool verbose, struct types *types, struct text *out);
