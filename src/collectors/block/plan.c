/* What the block collector wants from the kernel, and the ways to get it. Perf tracepoints are none of them: they name no request, and
 * a kernel that has them has raw tracepoints too. */
#include "collectors/block/plan.h"

#include "base/config.h"
#include "collectors/block/block.skel.h"
#include "collectors/block/block.wire.h"

static const void *object(size_t *size)
{
    return block_bpf__elf_bytes(size);
}

/* block_io_start (Linux 6.5) runs once for each request and always in the context of who asks for it. */
static const struct hook_way request_ways[] = {
    {BY_TP_BTF, {"start_tp_btf", "issue_tp_btf", "complete_tp_btf"}},
    {BY_RAW_TP, {"start_raw_tp", "issue_raw_tp", "complete_raw_tp"}},
    {BY_TP_BTF, {"insert_tp_btf", "first_issue_tp_btf", "complete_tp_btf", "asked_tp_btf"}},
    {BY_RAW_TP, {"insert_raw_tp", "first_issue_raw_tp", "complete_raw_tp", "asked_raw_tp"}},
};
static const struct hook_way merge_ways[] = {{BY_TP_BTF, {"back_merge_tp_btf", "front_merge_tp_btf", "request_merge_tp_btf"}},
                                             {BY_RAW_TP, {"back_merge_raw_tp", "front_merge_raw_tp", "request_merge_raw_tp"}}};
static const struct hook_way bio_ways[] = {{BY_TP_BTF, {"bio_queue_tp_btf", "bio_complete_tp_btf"}},
                                           {BY_RAW_TP, {"bio_queue_raw_tp", "bio_complete_raw_tp"}}};

#define WAYS(w) w, sizeof(w) / sizeof((w)[0])

static const struct hook hooks[] = {
    {"requests", "an I/O was asked for, given to its device, and ended", WAYS(request_ways),
     "block_io and block_slow will lack all devices but those without a queue"},
    {"merges", "an I/O went into another one", WAYS(merge_ways), "block_io.merges will be 0"},
    {"bios", "an I/O of a device without a queue (device mapper, md, zram) ended", WAYS(bio_ways),
     "block_io and block_slow will lack devices without a queue (device mapper, md, zram)"},
};

static int configure(struct bpf_object *object_, const struct config_section *config, struct err *why)
{
    uint64_t slow_ns = config_number(config, "slow");
    return kernel_knob(object_, "slow_ns", &slow_ns, sizeof slow_ns, why);
}

const struct kernel_plan block_plan = {
    .object = object,
    .hooks = hooks,
    .n_hooks = sizeof hooks / sizeof hooks[0],
    .ring = EVENT_RING_MAP,
    .configure = configure,
};
