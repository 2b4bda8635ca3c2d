/* Mistakes in the code of a program: a row each. The first row of explain_rule_at whose sign matches wins, so that what is special stands
 * before what is general. The texts are those of kernel/bpf/verifier.c (5.4 to 6.18). Words in braces come from the pattern or from
 * explain_trace.c, explain_facts.c and explain.c; words_write says how the sentences are put together. */
#include "objects/explain_inside.h"

#define V IN_VERIFIER
#define L IN_LIBBPF

const struct rule explain_code_rules[] = {
    /* --- memory --- */
    {
        .mistake = {"null-check-missing", "a pointer that may be NULL is used without a check"},
        .signs = {{V, "^R{reg} invalid mem access '{type}_or_null"},
                  {V, "^R{reg} pointer arithmetic on {type}_or_null"},
                  {V, "^R{reg} type={type}_or_null"},
                  {V, "Possibly NULL pointer passed to"}},
        .meaning = "[{source} may return NULL[ (there need not be such a key in {map})],|This pointer may be NULL,] and the program uses "
                   "the pointer[ in R{reg}] without having asked.",
        .remedy = "Put `if (!pointer) return 0;` between [the call of {source}|the place where the pointer comes from] and its first use; "
                  "test the variable that is used, not another call's result.",
        .had = "null_insn",
    },
    {
        .mistake = {"released-twice", "something is used after it was released or submitted"},
        .signs = {{V, "^R{reg} invalid mem access '", .needs = "released_by"}, {V, "^R{reg} must be referenced", .needs = "released_by"}},
        .meaning = "{released_by} has given this memory away; after it the pointer in R{reg} is worth nothing.",
        .remedy = "Do all reads and writes before {released_by}; copy to a local variable what is needed later.",
    },
    {
        .mistake = {"packet-pointer-stale", "a packet pointer is used after a helper that may have moved the packet"},
        .signs = {{V, "^R{reg} invalid mem access '", .needs = "moved_by"}},
        .meaning = "{moved_by} may move the packet, so all pointers into it that were checked before are void, R{reg} among them.",
        .remedy = "Read ctx->data and ctx->data_end again after {moved_by}, and repeat the bounds check.",
    },
    {
        .mistake = {"pointer-not-verified", "memory is read through a pointer that the verifier knows nothing of"},
        .signs = {{V, "^R{reg} invalid mem access '"}},
        .meaning = "R{reg} holds a number, as far as the verifier can tell, and not a pointer into memory that the program may touch; an "
                   "address of the kernel or of a process must not be followed directly.",
        .remedy = "Read through it with bpf_probe_read_kernel or BPF_CORE_READ (kernel), bpf_probe_read_user (process), or get the pointer "
                  "in a typed way: tp_btf or fentry arguments, bpf_get_current_task_btf.",
    },
    {
        .mistake = {"packet-out-of-bounds", "a packet is read or written beyond what was checked"},
        .signs = {{V, "^invalid access to packet, off={off} size={size}, R{reg}("},
                  {V, "^R{reg} offset is outside of the packet"},
                  {V, "^R{reg} min value is negative", .needs = "is_packet"}},
        .meaning = "The program reads [{size byte} at offset {off}|bytes] of the packet, and no comparison with data_end before it says "
                   "that the packet is so long.",
        .remedy = "Compare first: `if ((void *)(header + 1) > data_end) return XDP_PASS;` (TC_ACT_OK in tc), on the same pointer that is "
                  "then used.",
    },
    {
        .mistake = {"stack-too-large", "more than 512 bytes of stack are used"},
        .signs = {{V, "^combined stack size of {calls} calls is {bytes}. Too large"},
                  {V, "^invalid {what} stack R{reg} off={off} size={size}", .needs = "deep"},
                  {V, "^invalid stack type R{reg} off={off} access_size={size}", .needs = "deep"},
                  {L, "BPF stack limit of 512 bytes is exceeded"}},
        .meaning = "A program and all functions it calls share 512 bytes of stack[; here {calls} functions in a row need {bytes}|; this "
                   "one reaches {deep byte} deep].",
        .remedy = "Move large variables into a map: a BPF_MAP_TYPE_PERCPU_ARRAY with one entry serves as scratch room; or write into "
                  "reserved ring buffer memory directly.",
    },
    {
        .mistake = {"call-chain-too-deep", "functions call functions too deep"},
        .signs = {{V, "^the call stack of {calls} frames is too deep"}, {V, "recursive call"}},
        .meaning =
            "[A chain of {calls} functions that call each other|A function that calls itself] is not possible: eight frames are the limit.",
        .remedy = "Make the innermost functions `static __always_inline`, or split the program with tail calls.",
    },
    {
        .mistake = {"stack-uninitialised", "stack memory is read that was never written"},
        .signs = {{V, "^invalid indirect read from stack R{reg} off {off}+{byte} size {size}"},
                  {V, "^invalid indirect read from stack off {off}+{byte} size {size}"},
                  {V, "^invalid indirect read from stack R{reg} var_off {off} size {size}"},
                  {V, "^invalid read from stack R{reg} off {off}+{byte} size {size}"},
                  {V, "^invalid read from stack off {off}+{byte} size {size}"},
                  {V, "^invalid read from stack R{reg} var_off {off} size {size}"}},
        .meaning = "[{helper} reads|The program reads] [{size byte} of stack, and byte {byte} of them|stack memory that] has not been "
                   "written on every path to here; often it is padding between members or a member that was left out.",
        .remedy = "Set the whole variable before its members: `struct key key = {{};`, or __builtin_memset(&key, 0, sizeof key) when it "
                  "has padding.",
    },
    {
        .mistake = {"stack-out-of-bounds", "memory of the stack is used beyond a variable or its frame"},
        .signs = {{V, "^invalid {what} stack R{reg} off={off} size={size}"},
                  {V, "^invalid stack type R{reg} off={off} access_size={size}"},
                  {V, "^invalid variable-offset {what} stack R{reg} var_off={off} off={start} size={size}"},
                  {V, "^invalid variable-offset {what} stack R{reg} var_off={off} size={size}"},
                  {V, "^invalid unbounded variable-offset {what} stack R{reg}"},
                  {V, "^R{reg} variable stack access prohibited"}},
        .meaning = "[{helper} is given|The program uses] [{size byte}|memory] of the stack[ at offset {off} of the frame], which is more "
                   "than is there, or an index into a local array that may be too large.",
        .remedy = "Make the variable as large as what is read (a map's key and value sizes, the size argument), or bound the index with a "
                  "comparison or a mask before use.",
    },
    {
        .mistake = {"stack-unaligned", "stack memory is used at an address that is not a multiple of its size"},
        .signs = {{V, "^misaligned stack access off {off} size {size}"}},
        .meaning = "{size byte} of stack are read or written at offset {off}, which is not a multiple of {size}; on the stack the verifier "
                   "asks for that on every machine.",
        .remedy = "Drop `packed` from the struct, order its members by size or add padding, or copy the bytes with __builtin_memcpy into "
                  "an aligned variable.",
    },
    {
        .mistake = {"memory-unaligned", "memory is used at an address that is not a multiple of its size"},
        .signs = {{V, "^misaligned {what} access off {off} size {size}"}, {V, "^misaligned access off {off} size {size}"}},
        .meaning = "{size byte} are read or written at offset {off}, and this kernel or this kind of memory allows it only at multiples of "
                   "{size}.",
        .remedy = "Read byte by byte or with __builtin_memcpy, or align the member.",
    },
    {
        .mistake = {"map-wrong-for-helper", "a map of this type cannot be used with the helper"},
        .signs = {{V, "^cannot pass map_type {map_number} into func {helper}#"}, {V, "invalid zero-sized read", .needs = "keyless"}},
        .meaning = "{helper} does not work on this type of map[ (number {map_number} of enum bpf_map_type)].",
        .remedy =
            "Use the helpers of that map type (bpf_task_storage_get, bpf_ringbuf_output, bpf_map_push_elem, …), or another type of map.",
    },
    {
        .mistake = {"size-unbounded", "a size that is not known well enough is given to a helper"},
        .signs = {{V, "^R{reg} unbounded memory access, use"},
                  {V, "^R{reg} min value is negative{how}either use unsigned or"},
                  {V, "invalid zero-sized read"}},
        .meaning = "The size[ that {helper} gets] may be negative, zero or larger than the memory, as far as the verifier can tell.",
        .remedy = "Keep it in an unsigned variable and bound it just before the call: `if (n > sizeof buffer) return 0;`, or `n &= 63` "
                  "with a power of two less one.",
    },
    {
        .mistake = {"array-out-of-bounds", "an array or map value is used beyond its end"},
        .signs = {{V, "^invalid access to map value, value_size={have} off={off} size={size}"},
                  {V, "^invalid access to memory, mem_size={have} off={off} size={size}"},
                  {V, "^invalid access to map key, key_size={have} off={off} size={size}"},
                  {V, "^R{reg} unbounded memory access, make sure to bounds check"},
                  {V, "^R{reg} min value is negative{how}either use unsigned index"},
                  {V, "^R{reg} {which} value is outside of the allowed memory range"},
                  {V, "makes map_value pointer be out of bounds"},
                  {V, "math between map_value pointer and register with"}},
        .meaning = "[The access may reach {size byte} at offset {off}, and the memory has {have byte}|The index of this access may have "
                   "any value, as far as the verifier can tell][ (map {map})].",
        .remedy = "Check the index just before its use and in the same variable: `if (i >= 64) return 0;` with an unsigned i, or `i &= 63` "
                  "when the length is a power of two.",
    },
    {
        .mistake = {"write-read-only", "memory is written that is read-only"},
        .signs = {{V, "^write into map forbidden"},
                  {V, "^R{reg} cannot write into {type}"},
                  {V, "only read is supported"},
                  {V, "write to change key R{reg} not allowed"},
                  {V, "^cannot write into packet"}},
        .meaning = "This memory must not be written by the program[ (it belongs to {map})]: `const` globals, keys, strings and most kernel "
                   "structs are read-only.",
        .remedy = "Take `const` from the global when the program has to change it; copy to a local variable first; set kernel fields only "
                  "with the helper that is made for it.",
    },
    {
        .mistake = {"struct-out-of-bounds", "a kernel struct is read beyond its end or across its members"},
        .signs = {{V, "^access beyond struct {type} at off {off} size {size}"},
                  {V, "^access beyond the end of member {field}"},
                  {V, "^cannot access ptr member {field} with"}},
        .meaning = "The kernel's struct[ {type}] has no such member there: the program's own idea of the struct differs from the kernel's.",
        .remedy = "Declare the struct with __attribute__((preserve_access_index)), so that libbpf fits offsets to the running kernel.",
    },
    {
        .mistake = {"pointer-leak", "a kernel address would leave the kernel"},
        .signs = {{V, "^R{reg} leaks addr into {where}"},
                  {V, "^R{reg} leaks addr as return value"},
                  {V, "^R{reg} pointer comparison prohibited"},
                  {V, "^leaking pointer from stack off {off}"}},
        .meaning = "R{reg} holds a pointer, and the program would store it[ into a {where}] where user space may read it[ (map {map})]; a "
                   "program without CAP_PERFMON must not show kernel addresses.",
        .remedy = "Store what the pointer points to, or a cookie, pid or hash instead of the address; or load it with CAP_PERFMON.",
    },
    {
        .mistake = {"pointer-arithmetic", "a pointer is calculated with in a way that is not allowed"},
        .signs = {{V, "^R{reg} pointer arithmetic with {op} operator prohibited"},
                  {V, "^R{reg} bitwise operator {op} on pointer prohibited"},
                  {V, "^R{reg} 32-bit pointer arithmetic prohibited"},
                  {V, "^R{reg} pointer {op} pointer prohibited"},
                  {V, "^R{reg} pointer arithmetic on {type} prohibited"},
                  {V, "^R{reg} tried to subtract pointer from scalar"},
                  {V, "^R{reg} subtraction from stack pointer prohibited"},
                  {V, "^math between {type} pointer and"},
                  {V, "^value {value} makes {type} pointer be out of bounds"},
                  {V, "prohibited for !root"}},
        .meaning =
            "Only small known or bounded numbers may be added to or taken from a pointer[; {op} is not allowed|; this operation is not].",
        .remedy = "Calculate with the index or offset in an unsigned variable, bound it, and add it to the pointer last.",
    },
    /* --- loops and size --- */
    {
        .mistake = {"loop-unbounded", "a loop has no end that the verifier can see"},
        .signs = {{V, "infinite loop detected at insn {insn}"},
                  {V, "^back-edge from insn {insn} to {to}"},
                  {V, "^BPF program is too large. Processed {n} insn", .needs = "loop"},
                  {V, "^The sequence of {n} jumps is too complex", .needs = "loop"},
                  {V, NULL, .needs = "long_loop", .silent = true}},
        .meaning = "[The log breaks off {cut}, when the verifier has walked {loop} rounds of this loop on one path alone|The verifier came "
                   "back to instruction {insn} with nothing changed that could end the loop|The verifier walked {loop} rounds of this loop "
                   "on one path alone, and gave up after a million instructions]; it accepts only loops that it can see ending.",
        .remedy = "Count with a local variable up to a constant, `for (int i = 0; i < n && i < 64; i++)`, and leave early with `break`; or "
                  "use bpf_loop (5.17) or bpf_for (6.4), of which one round is verified.",
        .at = "insn|loop_insn",
    },
    {
        .mistake = {"too-many-instructions", "the program is too large or has too many paths through it"},
        .signs = {{V, "^BPF program is too large. Processed {n} insn"},
                  {V, "^The sequence of {n} jumps is too complex"},
                  {V, "^too many subprograms"},
                  {L, "BPF program load failed: Argument list too long", .silent = true}},
        .meaning = "The verifier follows every combination of branches and gave up[ after {n instruction}], the limit being a million; the "
                   "program itself may be much shorter.",
        .remedy = "Have fewer branches that change what is remembered: no unrolled loops, early returns; put parts into global (not "
                  "static) functions, which are verified once, or split with tail calls.",
    },
    {
        .mistake = {"log-cut-off", "the verifier's log ends before its last lines"},
        .signs = {{V, NULL, .needs = "cut"},
                  {V, NULL, .error = ENOSPC, .silent = true},
                  {L, "load program: No space left on device"},
                  {L, "BPF program load failed: No space left on device", .silent = true}},
        .meaning = "The log was longer than the buffer it was written to, and the reason stands at its end, which is missing; kernels "
                   "before 6.4 keep the head[; what is left of it goes round a loop {loop} times, which may be why it is so long].",
        .remedy = "Load again with a larger log buffer (16 MiB at most do), or with log level 0 or 4 to learn the error code alone.",
        .at = "loop_insn",
    },
    {
        .mistake = {"unreachable-code", "some instructions can never run"},
        .signs = {{V, "^unreachable insn {insn}"}},
        .meaning = "No path through the program leads to instruction {insn}, and the verifier refuses dead code that the compiler left.",
        .remedy = "Look for hand-written assembler and jumps around it, or for a function that does not return; compile with -O2.",
        .at = "insn",
    },
    {
        .mistake = {"code-broken", "the instructions themselves are not valid"},
        .signs = {{V, "^jump out of range from insn {insn} to {to}"},
                  {V, "^last insn is not an exit or jmp"},
                  {V, "^unknown opcode {op}"},
                  {V, "uses reserved fields"},
                  {V, "^invalid BPF_LD_IMM"},
                  {V, "^frame pointer is read only"},
                  {V, "^R{reg} is invalid"},
                  {V, "^jump into the middle of ldimm64"}},
        .meaning =
            "The object's code is not what a BPF compiler makes for this kernel: [opcode {op} is not known|a jump or an operand is wrong].",
        .remedy = "Check hand-written assembler; compile with -target bpf and an instruction set that the kernel has (-mcpu=v3 from 5.12 "
                  "on, v4 from 6.6 on).",
        .at = "insn",
    },
    /* --- helpers --- */
    {
        .mistake = {"core-field-missing", "a kernel type or field is not there on this kernel (CO-RE)"},
        .signs = {{V, "failed to resolve CO-RE relocation <{kind}> [{id}] {field} ("},
                  {V, "failed to resolve CO-RE relocation{field}"},
                  {V, "^invalid func unknown#195896080"},
                  {L, "failed to resolve CO-RE relocation <{kind}> [{id}] {field} ("},
                  {L, "no matching targets found"}},
        .meaning = "[The running kernel has no {field}|A struct field that the program reads does not exist in the running kernel]: it was "
                   "renamed, removed, or depends on the kernel's configuration.",
        .remedy = "Ask with bpf_core_field_exists (bpf_core_type_exists) and read it only then; handle a renamed field with a `___old` "
                  "flavour of the struct.",
    },
    {
        .mistake = {"helper-missing", "this kernel does not have the helper"},
        .signs = {{V, "^invalid func unknown#{number}"}, {V, "^invalid func {helper}#{number}"}, {V, "^unknown func unknown#{number}"}},
        .meaning = "The program calls helper number {number}[ ({helper})], and this kernel does not have it[: it came with Linux {since}|: "
                   "no kernel known to sonde has it].",
        .remedy = "Run a newer kernel, or do without: ask bpf_core_enum_value_exists(enum bpf_func_id, …) and keep another way for kernels "
                  "that do not have it.",
    },
    {
        .mistake = {"helper-locked-down", "this system forbids the helper"},
        .signs = {{V, "cannot use helper {helper}#", .needs = "guarded"}, {V, "^unknown func {helper}#", .needs = "guarded"}},
        .meaning = "{helper} is withheld: by lockdown (/sys/kernel/security/lockdown), or because the process lacks {guarded}, or because "
                   "the kernel is built without it.",
        .remedy =
            "Boot without lockdown (on most machines it comes with secure boot) and load with all capabilities, or do without {helper}.",
    },
    {
        .mistake = {"helper-wrong-program-type", "programs of this type must not call the helper"},
        .signs = {{V, "cannot use helper {helper}#{number}"},
                  {V, "^unknown func {helper}#{number}"},
                  {V, "^calling kernel function {helper} is not allowed"},
                  {V, "^kernel function {helper} is not allowed"}},
        .meaning = "{helper} exists, and [{kind}|a program of this type] must not call it[ (SEC(\"{section}\"))]; each helper is open to "
                   "some program types only, and some need CAP_PERFMON or a kernel option.",
        .remedy = "Put the code at a hook whose programs may call {helper} (`bpftool feature probe` lists them by type), or get the data "
                  "another way.",
    },
    {
        .mistake = {"gpl-only-helper", "a helper for GPL programs is called by one with another licence"},
        .signs = {{V, "cannot call GPL-restricted function"},
                  {V, "cannot call kernel function from non-GPL"},
                  {V, "non-GPL compatible program"}},
        .meaning =
            "[{helper} is|What is called here is] only for programs that say they are under a GPL-compatible licence; this one does not.",
        .remedy = "Add `char LICENSE{[{] SEC(\"license\") = \"GPL\";` (\"Dual BSD/GPL\" does as well) when you may, or do without it.",
    },
    {
        .mistake = {"helper-sleeps", "a helper that may sleep is called where sleeping is impossible"},
        .signs = {{V, "helper call might sleep in a non-sleepable prog"},
                  {V, "^sleepable helper {helper}#{number} in"},
                  {V, "^program must be sleepable to call sleepable kfunc {helper}"},
                  {V, "in non-sleepable context"}},
        .meaning = "[{helper}|This helper] may wait for memory to be read in, and this program runs where waiting is not possible.",
        .remedy = "Use a sleepable hook (SEC(\"fentry.s/…\"), \"lsm.s/…\", \"uprobe.s/…\", \"iter.s/…\", \"syscall\") where there is one, "
                  "or the helper that does not wait: bpf_probe_read_user instead of bpf_copy_from_user.",
    },
    {
        .mistake = {"helper-argument", "a helper gets an argument of the wrong kind"},
        .signs = {{V, "^R{reg} type={type} expected={expected}"},
                  {V, "^arg#{arg} expected {expected}"},
                  {V, "^arg {arg} expected pointer to"},
                  {V, "^R{reg} must be a known constant"},
                  {V, "^R{reg} is not a scalar"},
                  {V, "^R{reg} is not a pointer"},
                  {V, "^R{reg} must be referenced"},
                  {V, "^R{reg} must have zero offset"},
                  {V, "^R{reg} is not a known constant"},
                  {V, "^R{reg} expected pointer to"},
                  {V, "^R{reg} is of type {type} but {expected} is expected"}},
        .meaning = "[{helper} wants|What is called here wants] [{wants}|something else][ in R{reg}| as argument {arg}][ and gets {gets}].",
        .remedy = "Pass the address of a variable (`&key`) where a pointer is wanted, and the pointer as the helper that made it returned "
                  "it; arguments are counted R1, R2, ….",
    },
    {
        .mistake = {"register-uninitialised", "a value is used that was never set"},
        .signs = {{V, "^R{reg} !read_ok"}},
        .meaning = "R{reg} has no value on some path to this instruction: an uninitialised variable, a missing return value, or R1 to R5 "
                   "after a call, which destroys them.",
        .remedy = "Initialise the variable where it is declared, return a value on every path; heed the compiler's -Wall.",
    },
    {
        .mistake = {"return-value", "the program returns a value that its hook does not allow"},
        .signs = {{V, "^At program exit the register R{reg} has {value} should have been in {range}"},
                  {V, "^At {when} the register R{reg} has {value} should have been in {range}"},
                  {V, "^At program exit the register R{reg} has {value} should have been"}},
        .meaning = "Here [{kind}|a program of this type] may return only {range}; this one returns {value}.",
        .remedy = "Return one of the hook's values on every path (cgroup hooks: 0 denies and 1 allows; fentry, fexit and iterators: 0), "
                  "and bound what is calculated.",
    },
    /* --- what is taken must be given back --- */
    {
        .mistake = {"ringbuf-not-submitted", "a ring buffer record is neither submitted nor discarded"},
        .signs = {{V, "^Unreleased reference id={id} alloc_insn={alloc}", .needs = "ringbuf"}},
        .meaning = "{alloc_helper} reserved a record[ of {map}], and on some path to the end of the program it is neither submitted nor "
                   "discarded.",
        .remedy = "Call bpf_ringbuf_submit or bpf_ringbuf_discard (the _dynptr ones for a dynptr, even when the reservation failed) before "
                  "every return.",
        .had = "alloc",
    },
    {
        .mistake = {"reference-not-released", "a reference is not released"},
        .signs = {{V, "^Unreleased reference id={id} alloc_insn={alloc}"},
                  {V, "would lead to reference leak"},
                  {V, "reference has not been released"}},
        .meaning = "[{alloc_helper} returned|The program holds] a reference that the kernel counts, and on some path to the end of the "
                   "program it is not released.",
        .remedy = "Release it before every return, also on error paths: bpf_sk_release for sockets, bpf_task_release and the like for "
                  "kfuncs; when the pointer was NULL there is nothing to release.",
        .had = "alloc",
    },
    {
        .mistake = {"spin-lock-held", "a bpf_spin_lock is held where it must not be"},
        .signs = {{V, "function calls are not allowed while holding a lock"},
                  {V, "bpf_spin_unlock is missing"},
                  {V, "cannot be used inside bpf_spin_lock-ed region"},
                  {V, "^Locking two bpf_spin_locks are not allowed"},
                  {V, "bpf_spin_unlock of different lock"},
                  {V, "bpf_spin_unlock without taking a lock"},
                  {V, "spin_lock-ed region"}},
        .meaning = "Between bpf_spin_lock and bpf_spin_unlock a program may only read and write memory: no call[ of {helper}], no second "
                   "lock, no return.",
        .remedy =
            "Call helpers before taking the lock and keep the results in local variables; unlock on every path, also before early returns.",
        .had = "lock_insn",
    },
    {
        .mistake = {"critical-section-open", "an RCU, preemption or interrupt section is not left"},
        .signs = {{V, "bpf_rcu_read_unlock is missing"},
                  {V, "{n} bpf_preempt_enable{s} missing"},
                  {V, "cannot be used inside bpf_rcu_read_lock-ed region"},
                  {V, "cannot be used inside bpf_preempt_disable-ed region"},
                  {V, "cannot be used inside bpf_local_irq_save-ed region"},
                  {V, "-ed region"}},
        .meaning = "The program may end inside a section that it opened with bpf_rcu_read_lock, bpf_preempt_disable or bpf_local_irq_save.",
        .remedy = "Close it (bpf_rcu_read_unlock, bpf_preempt_enable, bpf_local_irq_restore) on every path, also before early returns.",
    },
    /* --- arithmetic and context --- */
    {
        .mistake = {"division-by-zero", "something is divided by a constant zero"},
        .signs = {{V, "^div by zero"}, {V, "division by zero"}},
        .meaning = "The divisor is the constant 0. (By a variable that happens to be 0, BPF divides without a fault: the result is 0.)",
        .remedy = "Correct the constant, often a sizeof, macro or configuration value that became 0; test a variable divisor before the "
                  "division.",
    },
    {
        .mistake = {"shift-too-far", "a value is shifted by as many bits as it has, or more"},
        .signs = {{V, "^invalid shift {bits}"}},
        .meaning = "A shift by {bits bit} leaves nothing of the value: 64-bit values may be shifted by 0 to 63, 32-bit ones by 0 to 31.",
        .remedy = "Correct the constant; mask a calculated one: `value << (n & 63)`.",
    },
    {
        .mistake = {"context-field", "a field of the context is used that the program may not use so"},
        .signs = {{V, "^invalid bpf_context access off={ctx_off} size={size}"},
                  {V, "^func '{function}' doesn't have {n}-th argument"},
                  {V, "^func '{function}' offset {ctx_off} is not multiple of 8"},
                  {V, "^invalid variable ctx access"},
                  {V, "^variable ctx access var_off={off}"}},
        .meaning = "The context has nothing[ at offset {ctx_off}][ ({field})] that [{kind}|a program of this type] may [use with {size "
                   "byte}|use]: the field is for other program types, is read-only, or does not exist in this kernel.",
        .remedy = "Use the context's type as the section asks for it, whole fields, and of __sk_buff and xdp_md only fields that are open "
                  "to this hook; get the rest with a helper.",
    },
    {
        .mistake = {"context-pointer-moved", "the context pointer was changed before it is used"},
        .signs = {{V, "^dereference of modified ctx ptr R{reg} off={off}"}, {V, "^dereference of modified {type} ptr R{reg} off={off}"}},
        .meaning = "R{reg} is the context pointer plus an offset, and fields of the context can only be read from its start.",
        .remedy = "Read the field through the plain context pointer, with a constant offset; keep the compiler from joining addresses with "
                  "barrier_var() or by reading into a local variable first.",
    },
};

const size_t explain_code_rules_n = sizeof explain_code_rules / sizeof explain_code_rules[0];
