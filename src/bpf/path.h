/* Paths in kernel programs. bpf_d_path is refused to most program types, so the walk from a dentry to the root of the task's
 * file system view is done here: the names are appended leaf first, each with its NUL; user space turns them round
 * (kernel/path.h). What does not fit is cut at the root's end, and user space is told. */
#pragma once
#include "bpf/kernel.h"

enum {
    PATH_NAME_MAX = 256, /* bytes of one name with its NUL (NAME_MAX + 1) */
    PATH_DEPTH_MAX = 40, /* names of one path */
};

/* The offset as an index that the verifier believes: clang would drop the mask, knowing the bound, but 6.1 forgets a bound when
 * the register it was found on is spilled. */
static __always_inline __u32 path_index(__u32 offset, __u32 limit)
{
    barrier_var(offset);
    return offset & (limit - 1);
}

/* Appends the names of `at` to buffer[offset…] and returns the new offset. The buffer must hold limit + PATH_NAME_MAX bytes,
 * where limit is a power of two and offset < limit. A path that was cut ends without its last "" name.
 * A whole path ends with an empty name, so "/" is one NUL. */
static __always_inline __u32 path_append(char *buffer, __u32 limit, __u32 offset, const struct path *at, const struct path *root)
{
    struct dentry *dentry = at->dentry, *root_dentry = root->dentry;
    struct vfsmount *mnt = at->mnt, *root_mnt = root->mnt;
    struct mount *mount = (void *)mnt - bpf_core_field_offset(struct mount, mnt);

    for (int i = 0; i < PATH_DEPTH_MAX; i++) {
        if (dentry == root_dentry && mnt == root_mnt)
            goto whole;
        struct dentry *parent = BPF_CORE_READ(dentry, d_parent);
        if (dentry == BPF_CORE_READ(mnt, mnt_root) || dentry == parent) {
            struct mount *above = BPF_CORE_READ(mount, mnt_parent);
            if (above == mount)
                goto whole; /* the root of the mount tree */
            dentry = BPF_CORE_READ(mount, mnt_mountpoint);
            mount = above;
            mnt = (void *)mount + bpf_core_field_offset(struct mount, mnt);
            continue;
        }
        if (offset >= limit)
            return offset;
        long n = bpf_probe_read_kernel_str(buffer + path_index(offset, limit), PATH_NAME_MAX, BPF_CORE_READ(dentry, d_name.name));
        if (n <= 0)
            return offset;
        offset += n & (2 * PATH_NAME_MAX - 1);
        dentry = parent;
    }
    return offset;
whole:
    if (offset < limit) {
        buffer[path_index(offset, limit)] = '\0';
        offset++;
    }
    return offset;
}
