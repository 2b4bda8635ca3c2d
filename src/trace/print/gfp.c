/* Flags of the page allocator, as the kernel's own messages name them: first the sets that have a name, then single flags. The numbers are
 * those of include/linux/gfp_types.h of Linux 6.1 to 6.18; bits that changed in between are left as a number. */
#include "trace/print/format_inside.h"

static const struct {
    uint64_t bits;
    const char *name;
} flags[] = {
    {0x1c24ca, "GFP_TRANSHUGE"},
    {0x1c20ca, "GFP_TRANSHUGE_LIGHT"},
    {0x100cca, "GFP_HIGHUSER_MOVABLE"},
    {0x100cc2, "GFP_HIGHUSER"},
    {0x100cc0, "GFP_USER"},
    {0x400cc0, "GFP_KERNEL_ACCOUNT"},
    {0xcc0, "GFP_KERNEL"},
    {0xc40, "GFP_NOFS"},
    {0x820, "GFP_ATOMIC"},
    {0xc00, "GFP_NOIO"},
    {0x800, "GFP_NOWAIT"},
    {0x1, "GFP_DMA"},
    {0x2, "__GFP_HIGHMEM"},
    {0x4, "GFP_DMA32"},
    {0x8, "__GFP_MOVABLE"},
    {0x10, "__GFP_RECLAIMABLE"},
    {0x20, "__GFP_HIGH"},
    {0x40, "__GFP_IO"},
    {0x80, "__GFP_FS"},
    {0x100, "__GFP_ZERO"},
    {0x400, "__GFP_DIRECT_RECLAIM"},
    {0x1000, "__GFP_WRITE"},
    {0x2000, "__GFP_NOWARN"},
    {0x4000, "__GFP_RETRY_MAYFAIL"},
    {0x8000, "__GFP_NOFAIL"},
    {0x10000, "__GFP_NORETRY"},
    {0x20000, "__GFP_MEMALLOC"},
    {0x40000, "__GFP_COMP"},
    {0x80000, "__GFP_NOMEMALLOC"},
    {0x100000, "__GFP_HARDWALL"},
    {0x200000, "__GFP_THISNODE"},
    {0x400000, "__GFP_ACCOUNT"},
    {0x800000, "__GFP_ZEROTAGS"},
};

void gfp_text(uint64_t v, struct text *out)
{
    const char *between = "";
    if (!v)
        text_adds(out, "none");
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++) {
        if ((v & flags[i].bits) != flags[i].bits)
            continue;
        text_addf(out, "%s%s", between, flags[i].name);
        v &= ~flags[i].bits;
        between = "|";
    }
    if (v)
        text_addf(out, "%s0x%llx", between, (unsigned long long)v);
}
