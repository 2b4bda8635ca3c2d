// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Memory of processes: page faults and sizes, stalls for want of memory, and kills. */
#define RING_BYTES (256 * 1024)
#include "collectors/memory/oom.bpf.h"
#include "collectors/memory/processes.bpf.h"
#include "collectors/memory/stalls.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";
