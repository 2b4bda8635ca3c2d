/* Attaching to network interfaces, cgroups, namespaces and sockets. */
#include "objects/attach.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { TCX_INGRESS = 46, TCX_EGRESS = 47 }; /* enum bpf_attach_type, since Linux 6.6 */

static int find_interface(const char *name, uint32_t *index, struct err *why)
{
    *index = if_nametoindex(name);
    return *index ? 0 : err_set(why, ENODEV, "there is no network interface \"%s\" (ip link shows them)", name);
}

static const char *wanted_interface(const struct attach_place *p)
{
    return *p->target ? p->target : p->options->interface;
}

int attach_xdp(const struct attach_place *p, struct attachment *a, struct err *why)
{
    const char *name = wanted_interface(p);
    uint32_t index;
    snprintf(a->where, sizeof a->where, "xdp %s", name);
    int rc = find_interface(name, &index, why);
    if (rc)
        return rc;
    a->link = bpf_program__attach_xdp(p->program, (int)index);
    if (a->link)
        return 0;
    if (errno == EBUSY)
        return err_set(why, EBUSY, "another XDP program is there already (ip link shows it)");
    return err_set(why, errno, "%s", strerror(errno));
}

static void undo_tc(struct attachment *a)
{
    LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = (int)a->ifindex, .attach_point = (enum bpf_tc_attach_point)a->undo_type);
    LIBBPF_OPTS(bpf_tc_opts, opts, .handle = a->handle, .priority = a->priority);
    if (a->handle)
        bpf_tc_detach(&hook, &opts);
    hook.attach_point = BPF_TC_INGRESS | BPF_TC_EGRESS;
    if (a->made_hook)
        bpf_tc_hook_destroy(&hook);
}

/* The way of kernels before 6.6: a filter of a clsact queueing discipline, which stays until somebody removes it. */
static int attach_clsact(const struct attach_place *p, struct attachment *a, enum bpf_tc_attach_point point, struct err *why)
{
    LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = (int)a->ifindex, .attach_point = point);
    LIBBPF_OPTS(bpf_tc_opts, opts, .prog_fd = bpf_program__fd(p->program));
    int rc = bpf_tc_hook_create(&hook);
    if (rc == -ENOENT)
        return err_set(why, ENOENT, "this kernel has neither tcx (Linux 6.6) nor the clsact queueing discipline (module sch_ingress)");
    if (rc && rc != -EEXIST)
        return err_set(why, -rc, "the interface's clsact queueing discipline cannot be made: %s", strerror(-rc));
    a->made_hook = !rc;
    a->undo_type = (int)point;
    a->undo = undo_tc;
    rc = bpf_tc_attach(&hook, &opts);
    if (rc == -ENOENT)
        return err_set(why, ENOENT, "this kernel has no filter for BPF programs (module cls_bpf)");
    if (rc)
        return err_set(why, -rc, "%s", strerror(-rc));
    a->handle = opts.handle;
    a->priority = opts.priority;
    return 0;
}

/* A link of tcx, which libbpf 1.1 does not know: the system call itself. A descriptor, or -1. */
static int link_tcx(const struct bpf_program *program, uint32_t ifindex, int type)
{
    union bpf_attr attr = {.link_create = {.prog_fd = (uint32_t)bpf_program__fd(program), .attach_type = (uint32_t)type}};
    attr.link_create.target_ifindex = ifindex;
    return (int)syscall(SYS_bpf, BPF_LINK_CREATE, &attr, sizeof attr);
}

int attach_tc(const struct attach_place *p, struct attachment *a, struct err *why)
{
    char name[IF_NAMESIZE + 1];
    const char *direction = "";
    bool bare = !strcmp(p->target, "ingress") || !strcmp(p->target, "egress") || !*p->target;
    if (bare)
        direction = p->target;
    if (!target_split(bare ? p->options->interface : p->target, ':', name, sizeof name, bare ? NULL : &direction))
        return err_set(why, EINVAL, "the target is not INTERFACE, INTERFACE:ingress or INTERFACE:egress");
    bool egress = !strcmp(direction, "egress");
    if (*direction && !egress && strcmp(direction, "ingress") != 0)
        return err_set(why, EINVAL, "\"%.40s\" is no direction; give ingress or egress", direction);
    snprintf(a->where, sizeof a->where, "tc %s %s", name, egress ? "egress" : "ingress");
    int rc = find_interface(name, &a->ifindex, why);
    if (rc)
        return rc;
    int fd = link_tcx(p->program, a->ifindex, egress ? TCX_EGRESS : TCX_INGRESS);
    if (fd >= 0)
        return attachment_keep(a, fd, why);
    return attach_clsact(p, a, egress ? BPF_TC_EGRESS : BPF_TC_INGRESS, why);
}

/* A packet socket whose filter the program is: it sees what passes the interface and keeps nothing. */
int attach_socket(const struct attach_place *p, struct attachment *a, struct err *why)
{
    const char *name = wanted_interface(p);
    struct sockaddr_ll address = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL)};
    uint32_t index = 0;
    snprintf(a->where, sizeof a->where, "socket %s", name ? name : "(every interface)");
    int rc = name ? find_interface(name, &index, why) : 0;
    if (rc)
        return rc;
    int least = 0, program = bpf_program__fd(p->program), fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return err_set(why, errno, "no packet socket: %s (it needs CAP_NET_RAW)", strerror(errno));
    address.sll_ifindex = (int)index;
    rc = attachment_keep(a, fd, why);
    if (!rc &&
        (setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &least, sizeof least) ||
         setsockopt(fd, SOL_SOCKET, SO_ATTACH_BPF, &program, sizeof program) || bind(fd, (struct sockaddr *)&address, sizeof address)))
        rc = err_set(why, errno, "%s", strerror(errno));
    return rc;
}

int attach_cgroup(const struct attach_place *p, struct attachment *a, struct err *why)
{
    const char *path = *p->target && p->chosen ? p->target : p->options->cgroup;
    snprintf(a->where, sizeof a->where, "cgroup %s", path);
    a->target_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (a->target_fd < 0)
        return err_set(why, errno, "%s: %s; cgroups are folders of the cgroup2 file system, such as /sys/fs/cgroup/system.slice", path,
                       strerror(errno));
    a->link = bpf_program__attach_cgroup(p->program, a->target_fd);
    if (a->link)
        return 0;
    if (errno == EBADF)
        return err_set(why, EBADF, "%s is not a cgroup: it is not a folder of the cgroup2 file system", path);
    return err_set(why, errno, "%s", strerror(errno));
}

int attach_netns(const struct attach_place *p, struct attachment *a, struct err *why)
{
    char path[TARGET_LONGEST + 32];
    bool self = !strcmp(p->target, "self");
    snprintf(path, sizeof path, "%s%s", self ? "/proc/self/ns/net" : strchr(p->target, '/') ? "" : "/run/netns/", self ? "" : p->target);
    a->target_fd = open(path, O_RDONLY | O_CLOEXEC);
    if (a->target_fd < 0)
        return err_set(why, errno, "%s: %s (ip netns shows their names)", path, strerror(errno));
    a->link = bpf_program__attach_netns(p->program, a->target_fd);
    return a->link ? 0 : err_set(why, errno, "%s", strerror(errno));
}
