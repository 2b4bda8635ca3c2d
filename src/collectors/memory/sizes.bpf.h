// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* How large a process is, from its memory's own counters. */
#pragma once
#include "bpf/kernel.h"
#include "collectors/memory/memory.wire.h"

const volatile __u32 cpus = 0; /* set before the load */

/* Where each CPU's copy of a per-CPU variable lies. A kernel without CONFIG_KALLSYMS_ALL does not tell: then what the CPUs hold
 * back (up to 32 pages each, or twice their number) is missing. */
extern const void __per_cpu_offset __ksym __weak;

struct counter_sum {
    const void *held; /* per CPU */
    __s64 sum;
};

static long add_cpu(__u32 cpu, void *context)
{
    struct counter_sum *c = context;
    __u64 offset = 0;
    __s32 n = 0;
    bpf_probe_read_kernel(&offset, sizeof offset, &__per_cpu_offset + cpu * sizeof offset);
    bpf_probe_read_kernel(&n, sizeof n, c->held + offset);
    c->sum += n;
    return 0;
}

/* Clang relocates the place of a field in an array only where the index is written as a number: the kernel's elements are larger
 * than ours. */
static __always_inline struct percpu_counter *mm_counter(struct mm_struct *mm, enum mm_count which)
{
    return (void *)mm + bpf_core_field_offset(struct mm_struct, rss_stat) + which * bpf_core_type_size(struct percpu_counter);
}

/* Pages without what the CPUs hold back: good enough to see a change. */
static __always_inline __s64 mm_pages_near(struct mm_struct *mm, enum mm_count which)
{
    struct mm_struct___plain *plain = (void *)mm;
    if (!bpf_core_field_exists(plain->rss_stat.count))
        return BPF_CORE_READ(mm_counter(mm, which), count);
    atomic_long_t *counts = (void *)mm + bpf_core_field_offset(struct mm_struct___plain, rss_stat.count);
    __s64 pages = 0;
    bpf_probe_read_kernel(&pages, sizeof pages, &counts[which].counter);
    return pages;
}

static __always_inline __u64 mm_pages(struct mm_struct *mm, enum mm_count which)
{
    struct mm_struct___plain *plain = (void *)mm;
    struct counter_sum c = {.sum = mm_pages_near(mm, which)};
    if (!bpf_core_field_exists(plain->rss_stat.count) && &__per_cpu_offset) {
        c.held = BPF_CORE_READ(mm_counter(mm, which), counters);
        bpf_loop(cpus, add_cpu, &c, 0);
    }
    return c.sum > 0 ? c.sum : 0;
}

static __noinline int read_sizes(struct mm_struct *mm, struct memory_sizes *out)
{
    out->pages[PAGES_FILE] = mm_pages(mm, MM_FILE_PAGES);
    out->pages[PAGES_ANON] = mm_pages(mm, MM_ANON_PAGES);
    out->pages[PAGES_SWAP] = mm_pages(mm, MM_SWAP_PAGES);
    out->pages[PAGES_SHMEM] = mm_pages(mm, MM_SHMEM_PAGES);
    out->table_bytes = BPF_CORE_READ(mm, pgtables_bytes.counter);
    return 0;
}
