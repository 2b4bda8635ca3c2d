/* mistake: too-many-instructions
 * heavy: a million instructions are verified */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

volatile __u64 bits, sums[32];

/* Each bit doubles the number of ways through the program: the sum keeps the ways apart. */
SEC("raw_tp/sys_enter")
int add_bits(void *ctx)
{
    __u64 v = bits, sum = 0;
#pragma unroll
    for (int i = 0; i < 24; i++)
        if (v & (1ull << i))
            sum += bpf_get_smp_processor_id() ? 3ull << i : 1ull << i;
    sums[sum & 31] = sum;
    return 0;
}

char LICENSE[] SEC("license") = "GPL";
