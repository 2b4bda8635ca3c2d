/* The phases of unit_check, each a file. */
#pragma once
#include "trace/check/unit.h"

/* config = { … } and let @m = …: into settings and maps. */
void phase_settings(struct unit *u);
/* Attach points become targets, and probes instances: one for all targets that can share a program. */
void phase_probes(struct unit *u);
/* Names and types, in every instance. */
void phase_names(struct unit *u);
