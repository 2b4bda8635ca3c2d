/* What this kernel can do, tried once with a program of two instructions. */
#pragma once
#include "trace/probes/providers.h"

bool ability_kprobe(struct probe_scope *s);
bool ability_kprobe_multi(struct probe_scope *s);
bool ability_uprobe_multi(struct probe_scope *s);
bool ability_trampoline(struct probe_scope *s); /* fentry and fexit */
