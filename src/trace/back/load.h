/* Brings code into the kernel. */
#pragma once
#include "trace/back/emit.h"

#include <stddef.h>

struct err;

struct load_target {
    const char *name; /* of the program; 15 bytes are kept */
    enum bpf_attach_type expected_attach_type;
    uint32_t attach_btf_id;
    int attach_btf_obj_fd; /* 0: the kernel itself */
    bool is_sleepable;
};

/* A descriptor of the loaded program, to be closed by the caller, or -errno in words: with EINVAL or EACCES the verifier refused it, which
 * is a fault of ours; the words name its reason and the script's line. `btf` may be NULL, and the program loads without when the kernel
 * does not want it. `log` (may be NULL) gets the verifier's whole log of a refusal. */
int code_load(const struct bpf_code *code, const struct code_btf *btf, enum bpf_prog_type type, const struct load_target *target, char *log,
              size_t log_size, struct err *why);
