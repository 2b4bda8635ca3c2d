/* mistake: helper-sleeps */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

char room[16];

SEC("tp_btf/sys_enter")
int read_user(void *ctx)
{
    bpf_copy_from_user(room, sizeof room, (void *)0x1000); /* at */
    return 0;
}

char LICENSE[] SEC("license") = "GPL";
