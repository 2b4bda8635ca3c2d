/* mistake: critical-section-open
 * before 6.2: kfunc-missing (bpf_rcu_read_lock came with it) */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

extern void bpf_rcu_read_lock(void) __ksym;
extern void bpf_rcu_read_unlock(void) __ksym;

SEC("tc")
int read_marks(struct __sk_buff *skb)
{
    bpf_rcu_read_lock();
    if (skb->mark == 7)
        return 1;
    bpf_rcu_read_unlock();
    return 0;
}

char LICENSE[] SEC("license") = "GPL";
