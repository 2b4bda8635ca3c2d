/* mistake: core-field-missing */
#include <linux/bpf.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

struct dish_washer {
    int plates;
} __attribute__((preserve_access_index));

struct dish_washer *washer;
int plates;

SEC("raw_tp/sys_enter")
int read_plates(void *ctx)
{
    if (washer)                                                         /* at */
        bpf_probe_read_kernel(&plates, sizeof plates, &washer->plates); /* at */
    return 0;
}

char LICENSE[] SEC("license") = "GPL";
