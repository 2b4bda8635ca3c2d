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

struct mm_struct {
    unsigned long arg_start, arg_end;
    struct file *exe_file;
};

typedef struct {
    __u32 val;
} kuid_t;

typedef struct {
    __u32 val;
} kgid_t;

struct cred {
    kuid_t uid;
    kgid_t gid;
};

struct kernfs_node {
    __u64 id;
};

struct cgroup_root {
    int hierarchy_id;
};

struct cgroup {
    struct kernfs_node *kn;
    struct cgroup_root *root;
};

struct css_set {
    struct cgroup *dfl_cgrp;
};

struct task_io_accounting {
    __u64 rchar, wchar, read_bytes, write_bytes;
};

struct sched_entity {
    __u64 sum_exec_runtime;
};

struct tty_struct {
    char name[64];
};

typedef struct {
    int counter;
} atomic_t;

struct signal_struct {
    atomic_t live;
    int group_exit_code;
    struct tty_struct *tty;
    __u64 utime, stime;
    unsigned long long sum_sched_runtime;
    unsigned long maxrss; /* pages */
    struct task_io_accounting ioac;
};

struct thread_info {
    __u32 status; /* TS_COMPAT: in a 32-bit system call */
};

struct task_struct {
    struct thread_info thread_info;
    struct mm_struct *mm;
    int exit_code;
    int pid, tgid;
    struct task_struct *real_parent, *group_leader;
    __u64 utime, stime;
    __u64 start_boottime;
    const struct cred *real_cred;
    char comm[16];
    struct fs_struct *fs;
    struct files_struct *files;
    struct signal_struct *signal;
    struct sched_entity se;
    struct task_io_accounting ioac;
    struct css_set *cgroups;
    struct nsproxy *nsproxy;
};

struct linux_binprm {
    const char *filename;
};

/* Sockets. */
struct ns_common {
    unsigned int inum;
};

struct net {
    struct ns_common ns;
};

typedef struct {
    struct net *net;
} possible_net_t;

struct nsproxy {
    struct net *net_ns;
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

struct trace_event_raw_sys_exit {
    long id, ret;
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
