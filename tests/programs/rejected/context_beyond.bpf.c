/* mistake: context-field */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

struct xdp_more {
    struct xdp_md md;
    __u32 hash;
};

SEC("xdp")
int read_hash(struct xdp_more *ctx)
{
    return ctx->hash ? XDP_DROP : XDP_PASS; /* at */
}

char LICENSE[] SEC("license") = "GPL";
