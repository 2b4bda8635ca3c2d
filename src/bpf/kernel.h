/* The kernel types and fields that Sonde's programs touch, and nothing else: this page is our dependency on the kernel.
 * CO-RE relocates every access against the running kernel's BTF, so order and size here mean nothing. Renamed fields are
 * handled here, by ___suffix flavours, and nowhere else. */
#pragma once
#include <linux/bpf.h>
#include <linux/in6.h>
#include <linux/types.h>
#include <stdbool.h>

#define __VMLINUX_H__ /* bpf_tracing.h: take the kernel's names of the registers, below */
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct pt_regs {
    unsigned long r15, r14, r13, r12, bp, bx, r11, r10, r9, r8, ax, cx, dx, si, di, orig_ax, ip, cs, flags, sp, ss;
};

struct qstr {
    const unsigned char *name;
    __u32 len;
};

struct super_block {
    unsigned long s_magic;
    __u32 s_dev;
};

struct inode {
    __u16 i_mode;
    unsigned long i_ino;
    struct super_block *i_sb;
};

struct dentry {
    struct dentry *d_parent;
    struct qstr d_name;
    struct inode *d_inode;
};

struct vfsmount {
    struct dentry *mnt_root;
};

struct mount {
    struct mount *mnt_parent;
    struct dentry *mnt_mountpoint;
    struct vfsmount mnt;
};

struct path {
    struct vfsmount *mnt;
    struct dentry *dentry;
};

struct file {
    struct path f_path;
    struct inode *f_inode;
    unsigned int f_flags;
    unsigned int f_mode;
    void *private_data;
};

struct fdtable {
    unsigned int max_fds;
    struct file **fd;
};

struct files_struct {
    struct fdtable *fdt;
};

struct fs_struct {
    struct path root, pwd;
};

typedef struct {
    int counter;
} atomic_t;

typedef struct {
    __s64 counter;
} atomic64_t;

typedef atomic64_t atomic_long_t;

/* Memory of a process. Until Linux 6.1 its page counts are plain numbers, later they are spread over the CPUs. */
enum mm_count { MM_FILE_PAGES, MM_ANON_PAGES, MM_SWAP_PAGES, MM_SHMEM_PAGES, MM_COUNTS };

struct percpu_counter {
    __s64 count;     /* without what the CPUs hold back */
    __s32 *counters; /* per CPU */
};

struct mm_rss_stat {
    atomic_long_t count[MM_COUNTS];
};

struct mm_struct {
    unsigned long arg_start, arg_end;
    struct file *exe_file;
    atomic_long_t pgtables_bytes;
    struct percpu_counter rss_stat[MM_COUNTS];
};

struct mm_struct___plain {
    struct mm_rss_stat rss_stat;
};

struct vm_area_struct {
    unsigned long vm_start;
    unsigned long vm_pgoff; /* pages */
    struct file *vm_file;
};

typedef struct {
    __u32 val;
} kuid_t;

typedef struct {
    __u32 val;
} kgid_t;

typedef struct { /* before Linux 6.3 two halves: the same eight bytes, to be read whole */
    __u64 val;
} kernel_cap_t;

struct ns_common {
    unsigned int inum;
};

struct user_namespace {
    struct ns_common ns;
};

struct cred {
    kuid_t uid, suid, euid, fsuid;
    kgid_t gid, sgid, egid, fsgid;
    kernel_cap_t cap_permitted, cap_effective;
    struct user_namespace *user_ns;
};

struct kernfs_node {
    __u64 id;
    const char *name;
    struct kernfs_node *parent;
};

struct kernfs_node___underscored { /* since Linux 6.15 */
    struct kernfs_node *__parent;
};

struct cgroup_root {
    int hierarchy_id;
};

struct cgroup {
    struct kernfs_node *kn;
    struct cgroup_root *root;
};

struct cgroup_subsys_state {
    struct cgroup *cgroup;
    struct cgroup_subsys_state *parent;
};

enum cgroup_subsys_id { memory_cgrp_id = 4 }; /* its number depends on the kernel's configuration */

struct css_set {
    struct cgroup_subsys_state *subsys[1]; /* one for each enum cgroup_subsys_id */
    struct cgroup *dfl_cgrp;
};

struct page_counter { /* pages */
    atomic_long_t usage;
    unsigned long max;
};

struct mem_cgroup {
    struct cgroup_subsys_state css;
    struct page_counter memory;
};

struct mem_cgroup___v1 { /* since Linux 6.11 only with CONFIG_MEMCG_V1 */
    bool oom_lock;
};

enum oom_constraint { CONSTRAINT_NONE };

struct oom_control {
    struct mem_cgroup *memcg;
    enum oom_constraint constraint;
};

struct task_io_accounting {
    __u64 rchar, wchar, read_bytes, write_bytes;
};

struct rq { /* a CPU's run queue */
    __u64 clock;
};

struct cfs_rq {
    struct rq *rq; /* with CONFIG_FAIR_GROUP_SCHED */
};

struct sched_entity {
    __u64 sum_exec_runtime;
    __u64 nr_migrations;
    struct cfs_rq *cfs_rq; /* with CONFIG_FAIR_GROUP_SCHED */
};

struct sched_info {
    unsigned long pcount;
    unsigned long long run_delay, last_arrival; /* ns */
};

struct tty_struct {
    char name[64];
};

struct signal_struct {
    atomic_t live;
    int nr_threads;
    short oom_score_adj;
    int group_exit_code;
    unsigned int flags; /* SIGNAL_UNKILLABLE … */
    struct tty_struct *tty;
    __u64 utime, stime;
    unsigned long long sum_sched_runtime;
    unsigned long maxrss; /* pages */
    struct task_io_accounting ioac;
};

struct thread_info {
    __u32 status; /* TS_COMPAT: in a 32-bit system call */
};

struct thread_struct {
    unsigned long cr2, trap_nr, error_code; /* of the last exception that became a signal */
};

typedef struct {
    unsigned long sig[1];
} sigset_t;

struct task_struct {
    struct thread_info thread_info;
    unsigned int flags; /* PF_… */
    struct mm_struct *mm;
    unsigned long min_flt, maj_flt;
    int exit_code;
    int pid, tgid;
    struct task_struct *real_parent, *group_leader;
    __u64 utime, stime;
    __u64 start_boottime;
    const struct cred *real_cred, *cred;
    sigset_t blocked;
    char comm[16];
    struct fs_struct *fs;
    struct files_struct *files;
    struct signal_struct *signal;
    struct sched_entity se;
    struct sched_info sched_info;
    unsigned in_iowait : 1;
    unsigned long nvcsw;
    struct task_io_accounting ioac;
    struct css_set *cgroups;
    struct nsproxy *nsproxy;
    struct thread_struct thread;
};

struct linux_binprm {
    const char *filename;
};

struct module {
    char name[56];
};

/* Signals. */
union __sifields {
    struct {
        void *_addr;
    } _sigfault;
};

struct kernel_siginfo {
    int si_code;
    union __sifields _sifields;
};

struct sigaction {
    void *sa_handler;
};

struct k_sigaction {
    struct sigaction sa;
};

/* Sockets, and the namespaces beside theirs. */
struct net {
    struct ns_common ns;
};

struct new_utsname {
    char nodename[65];
};

struct uts_namespace {
    struct new_utsname name;
    struct ns_common ns;
};

struct ipc_namespace {
    struct ns_common ns;
};

struct mnt_namespace {
    struct ns_common ns;
};

struct pid_namespace {
    struct ns_common ns;
};

struct time_namespace {
    struct ns_common ns;
};

struct cgroup_namespace {
    struct ns_common ns;
};

typedef struct {
    struct net *net;
} possible_net_t;

struct nsproxy {
    struct uts_namespace *uts_ns;
    struct ipc_namespace *ipc_ns;
    struct mnt_namespace *mnt_ns;
    struct pid_namespace *pid_ns_for_children;
    struct net *net_ns;
    struct time_namespace *time_ns_for_children;
    struct cgroup_namespace *cgroup_ns;
};

struct sock_common {
    __be32 skc_daddr, skc_rcv_saddr;
    __be16 skc_dport;
    __u16 skc_num;
    unsigned short skc_family;
    volatile unsigned char skc_state;
    possible_net_t skc_net;
    unsigned long skc_flags;
    struct in6_addr skc_v6_daddr, skc_v6_rcv_saddr;
};

struct sock {
    struct sock_common __sk_common;
    __u16 sk_protocol;
    int sk_err;
};

enum sock_flags { SOCK_DONE = 1 };

struct socket {
    struct sock *sk;
};

struct inet_sock {
    __be16 inet_sport;
};

struct request_sock {
    struct sock_common __req_common;
};

struct tcp_sock {
    __u32 segs_in, segs_out;
    __u64 bytes_received, bytes_sent, bytes_retrans;
    __u32 srtt_us, mdev_us, total_retrans;
};

struct net_device {
    possible_net_t nd_net;
};

struct sk_buff {
    struct net_device *dev;
    __u16 transport_header, network_header;
    unsigned char *head;
};

struct trace_event_raw_inet_sock_set_state {
    const void *skaddr;
    int oldstate, newstate;
};

struct trace_event_raw_sched_switch {
    long prev_state;
    int next_pid;
};

struct trace_event_raw_sys_exit {
    long id, ret;
};

struct trace_event_raw_signal_generate {
    int sig, code, pid, group, result;
};

struct trace_event_raw_signal_deliver {
    int sig, code;
    unsigned long sa_handler;
};

struct trace_event_raw_module_load {
    __u32 __data_loc_name;
};

struct trace_event_raw_module_free {
    __u32 __data_loc_name;
};

/* Block devices. */
struct gendisk {
    int major, first_minor;
    char disk_name[32];
};

struct request_queue {
    const void *mq_ops; /* NULL: the device takes bios, it has no requests */
    struct gendisk *disk;
};

struct request_queue___before_6_10 {
    unsigned int required_elevator_features;
};

struct blkcg {
    struct cgroup_subsys_state css;
};

struct blkcg_gq {
    struct blkcg *blkcg;
};

struct block_device {
    struct gendisk *bd_disk;
    struct request_queue *bd_queue;
};

struct bvec_iter {
    __u64 bi_sector;
    unsigned int bi_size;
};

struct bio {
    struct block_device *bi_bdev;
    __u32 bi_opf;
    __u8 bi_status;
    struct bvec_iter bi_iter;
    struct blkcg_gq *bi_blkg;
};

enum req_flag_bits { __REQ_FUA = 17, __REQ_PREFLUSH = 18 };

struct request {
    struct request_queue *q;
    __u32 cmd_flags;
    unsigned int __data_len;
    __u64 __sector;
    struct bio *bio;
    __u64 start_time_ns;
    void *end_io, *end_io_data;
};

struct seq_file;

struct bpf_iter_meta {
    struct seq_file *seq;
    __u64 session_id, seq_num;
};

struct bpf_iter__task {
    struct bpf_iter_meta *meta;
    struct task_struct *task;
};

struct bpf_iter__task_file {
    struct bpf_iter_meta *meta;
    struct task_struct *task;
    __u32 fd;
    struct file *file;
};

struct bpf_iter__bpf_map_elem {
    struct bpf_iter_meta *meta;
    void *map;
    void *key, *value;
};

#pragma clang attribute pop
