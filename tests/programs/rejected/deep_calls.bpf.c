/* mistake: call-chain-too-deep */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

#define LEVEL(name, next)                                                                                                                  \
    static __attribute__((noinline)) __u64 name(__u64 v)                                                                                   \
    {                                                                                                                                      \
        return next(v + bpf_ktime_get_ns()) + 1;                                                                                           \
    }

static __attribute__((noinline)) __u64 last(__u64 v)
{
    return v * bpf_ktime_get_ns();
}
LEVEL(eight, last)
LEVEL(seven, eight)
LEVEL(six, seven)
LEVEL(five, six)
LEVEL(four, five)
LEVEL(three, four)
LEVEL(two, three)
LEVEL(one, two)

SEC("raw_tp/sys_enter")
int call_them(void *ctx)
{
    return one(1) > 7;
}

char LICENSE[] SEC("license") = "GPL";
