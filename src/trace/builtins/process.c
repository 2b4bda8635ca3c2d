/* Who: the thread that the program runs in, and where it runs. */
#include "trace/builtins/entries.h"

#include <bpf/libbpf.h>
#include <sys/stat.h>

enum { COMM_BYTES = 16 };

static ir_reg half_of(struct generator *g, ir_reg both, bool high)
{
    if (high)
        return ir_binary(g->p, IR_SHR, ir_of(both), ir_const(32));
    ir_reg r = ir_register(g->p);
    ir_add(g->p, (struct ir_instruction){.op = IR_EXTEND, .to = r, .a = ir_of(both), .size = 4});
    return r;
}

/* The initial pid namespace has this inode (PROC_PID_INIT_INO of the kernel's include/linux/proc_ns.h). */
enum { INITIAL_PID_NAMESPACE = 0xeffffffc };

/* Whether our own namespace is another one, which pids are then told in. */
static bool in_namespace(const struct node *n, struct stat *own)
{
    bool initial = n->first && n->first->type->parameters[0] == MODE_INITIAL_NAMESPACE;
    return !initial && !stat("/proc/self/ns/pid", own) && (uint32_t)own->st_ino != (uint32_t)INITIAL_PID_NAMESPACE;
}

static void check_pid(struct checker *k, struct node *n)
{
    n->type = type_int(types_in(k), 4, false);
    if (n->first)
        check_mode_argument(k, n, n->first, MODE_CURRENT_NAMESPACE, MODE_INITIAL_NAMESPACE);
}

/* struct bpf_pidns_info: pid (a thread's), tgid; 0 for threads that the namespace does not have. */
static struct value pid_in_namespace(struct generator *g, const struct node *n, const struct stat *own, bool process)
{
    struct location to = gen_temporary(g, sizeof(struct bpf_pidns_info));
    ir_store(g->p, 8, to.base, to.offset, ir_const(0));
    struct ir_value a[] = {ir_const((int64_t)own->st_dev), ir_const((int64_t)own->st_ino), ir_of(gen_address(g, to)),
                           ir_const(sizeof(struct bpf_pidns_info))};
    ir_call(g->p, BPF_FUNC_get_ns_current_pid_tgid, a, 4);
    return gen_load(g, n->type, to.base, to.offset + (process ? 4 : 0), SPACE_BPF);
}

static struct value gen_pid(struct generator *g, struct node *n)
{
    struct stat own;
    bool process = builtin_of(n)->detail;
    if (in_namespace(n, &own))
        return pid_in_namespace(g, n, &own, process);
    return value_number(n->type, ir_of(half_of(g, call0(g, BPF_FUNC_get_current_pid_tgid), process)));
}

static struct value gen_uid(struct generator *g, struct node *n)
{
    return value_number(n->type, ir_of(half_of(g, call0(g, BPF_FUNC_get_current_uid_gid), builtin_of(n)->detail)));
}

static struct value gen_helper(struct generator *g, struct node *n) /* without arguments: detail is the helper */
{
    return value_number(n->type, ir_of(call0(g, (uint32_t)builtin_of(n)->detail)));
}

static void check_u32(struct checker *k, struct node *n)
{
    n->type = type_int(types_in(k), 4, false);
}

static void check_username(struct checker *k, struct node *n)
{
    n->type = type_special(types_in(k), VALUE_USERNAME, false, 0, 0, 0);
}

static void check_comm(struct checker *k, struct node *n)
{
    n->type = type_string(types_in(k), COMM_BYTES);
    if (!n->first)
        return;
    check_complain(k, n->place, "comm() of another process is not possible here: its task would have to be found by its pid");
    check_hint(k, "keep it when the process runs: @comm[pid] = comm; or read it from a task: pcomm($task)");
}

/* The helper fills what is behind the NUL with zeros. */
static bool comm_into(struct generator *g, struct node *n, const struct value_type *as, struct location to, bool padded)
{
    (void)n;
    if (as->size < COMM_BYTES)
        return false;
    struct ir_value a[] = {ir_of(gen_address(g, to)), ir_const(COMM_BYTES)};
    ir_call(g->p, BPF_FUNC_get_current_comm, a, 2);
    if (padded && as->size > COMM_BYTES)
        ir_zero(g->p, to.base, to.offset + COMM_BYTES, as->size - COMM_BYTES);
    return true;
}

static struct value gen_comm(struct generator *g, struct node *n)
{
    struct location to = gen_temporary(g, COMM_BYTES);
    comm_into(g, n, n->type, to, true);
    return (struct value){.type = n->type, .base = to.base, .offset = to.offset, .space = SPACE_BPF};
}

static void check_ncpus(struct checker *k, struct node *n)
{
    int cpus = libbpf_num_possible_cpus();
    become_number(k, n, cpus > 0 ? (uint64_t)cpus : 1);
}

#define BOTH .is_call = true, .is_variable = true

const struct builtin builtins_process[] = {
    {"pid", 0, 1, BOTH, .check = check_pid, .generate = gen_pid, .detail = true},
    {"tid", 0, 1, BOTH, .check = check_pid, .generate = gen_pid, .detail = false},
    {"uid", 0, 0, BOTH, .check = check_u32, .generate = gen_uid, .detail = false},
    {"gid", 0, 0, BOTH, .check = check_u32, .generate = gen_uid, .detail = true},
    {"username", 0, 0, BOTH, .check = check_username, .generate = gen_uid, .detail = false},
    {"comm", 0, 1, BOTH, .check = check_comm, .generate = gen_comm, .generate_into = comm_into},
    {"cpu", 0, 0, BOTH, .check = check_u32, .generate = gen_helper, .detail = BPF_FUNC_get_smp_processor_id},
    {"numaid", 0, 0, BOTH, .check = check_u32, .generate = gen_helper, .detail = BPF_FUNC_get_numa_node_id},
    {"ncpus", 0, 0, BOTH, .check = check_ncpus},
    {"cgroup", 0, 0, BOTH, .check = check_is_u64, .generate = gen_helper, .detail = BPF_FUNC_get_current_cgroup_id},
    {"rand", 0, 0, BOTH, .check = check_u32, .generate = gen_helper, .detail = BPF_FUNC_get_prandom_u32},
    {0},
};
