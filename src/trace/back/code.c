#include "trace/back/emit.h"
#include "trace/back/writer.h"

void code_relocate(struct bpf_code *code, const int *map_fds)
{
    for (uint32_t i = 0; i < code->count; i++) {
        struct bpf_insn *insn = &code->insns[i];
        if (insn->code != BPF_WIDE)
            continue;
        if (insn->src_reg == BPF_PSEUDO_MAP_FD || insn->src_reg == BPF_PSEUDO_MAP_VALUE)
            insn->imm = map_fds[insn->imm];
        i++; /* its second half */
    }
}
