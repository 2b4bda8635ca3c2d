/* mistake: core-field-missing */
#include <linux/bpf.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

struct task_struct {
    int shoe_size;
} __attribute__((preserve_access_index));

int size;

SEC("tp_btf/sys_enter")
int read_size(void *ctx)
{
    struct task_struct *task = (void *)bpf_get_current_task_btf();
    if (bpf_get_current_pid_tgid() >> 32 != 1)
        return 0;
    size = task->shoe_size; /* at */
    return 0;
}

char LICENSE[] SEC("license") = "GPL";
