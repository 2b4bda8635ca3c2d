/* mistake: btf-corrupt
 * What a linker or an editor of sections may leave behind: bytes before the type information's header. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

asm(".section .BTF,\"\",@progbits\n.long 0x12345678\n.text");

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, 1);
    __type(key, __u32);
    __type(value, __u64);
} totals SEC(".maps");

SEC("tc")
int ask(struct __sk_buff *skb)
{
    __u32 key = 0;
    return bpf_map_lookup_elem(&totals, &key) != 0;
}

char LICENSE[] SEC("license") = "GPL";
