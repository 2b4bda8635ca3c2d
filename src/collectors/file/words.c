#include "collectors/file/words.h"

#include "base/err.h"

const char *file_op_word(uint16_t op)
{
    static const char *const words[OP_COUNT] = {
        [OP_OPEN] = "open",   [OP_CREATE] = "create",     [OP_UNLINK] = "unlink", [OP_RMDIR] = "rmdir",   [OP_RENAME] = "rename",
        [OP_LINK] = "link",   [OP_SYMLINK] = "symlink",   [OP_MKDIR] = "mkdir",   [OP_MKNOD] = "mknod",   [OP_CHMOD] = "chmod",
        [OP_CHOWN] = "chown", [OP_TRUNCATE] = "truncate", [OP_MOUNT] = "mount",   [OP_UMOUNT] = "umount",
    };
    return op < OP_COUNT ? words[op] : NULL;
}

struct bits {
    uint64_t mask; /* 0: the end */
    const char *word;
};

/* What holds another bit comes before it. */
static const struct bits open_bits[] = {
    {0100, "O_CREAT"},        {0200, "O_EXCL"},         {0400, "O_NOCTTY"},
    {01000, "O_TRUNC"},       {02000, "O_APPEND"},      {04000, "O_NONBLOCK"},
    {04010000, "O_SYNC"},     {010000, "O_DSYNC"},      {020000, "O_ASYNC"},
    {040000, "O_DIRECT"},     {0100000, "O_LARGEFILE"}, {020200000, "O_TMPFILE"},
    {0200000, "O_DIRECTORY"}, {0400000, "O_NOFOLLOW"},  {01000000, "O_NOATIME"},
    {02000000, "O_CLOEXEC"},  {010000000, "O_PATH"},    {0, NULL},
};

static const struct bits at_bits[] = {
    {0x100, "AT_SYMLINK_NOFOLLOW"}, {0x200, "AT_REMOVEDIR"},   {0x400, "AT_SYMLINK_FOLLOW"},
    {0x800, "AT_NO_AUTOMOUNT"},     {0x1000, "AT_EMPTY_PATH"}, {0, NULL},
};

static const struct bits rename_bits[] = {{1, "RENAME_NOREPLACE"}, {2, "RENAME_EXCHANGE"}, {4, "RENAME_WHITEOUT"}, {0, NULL}};

static const struct bits mount_bits[] = {
    {1, "MS_RDONLY"},
    {2, "MS_NOSUID"},
    {4, "MS_NODEV"},
    {8, "MS_NOEXEC"},
    {0x10, "MS_SYNCHRONOUS"},
    {0x20, "MS_REMOUNT"},
    {0x40, "MS_MANDLOCK"},
    {0x80, "MS_DIRSYNC"},
    {0x100, "MS_NOSYMFOLLOW"},
    {0x400, "MS_NOATIME"},
    {0x800, "MS_NODIRATIME"},
    {0x1000, "MS_BIND"},
    {0x2000, "MS_MOVE"},
    {0x4000, "MS_REC"},
    {0x8000, "MS_SILENT"},
    {0x10000, "MS_POSIXACL"},
    {0x20000, "MS_UNBINDABLE"},
    {0x40000, "MS_PRIVATE"},
    {0x80000, "MS_SLAVE"},
    {0x100000, "MS_SHARED"},
    {0x200000, "MS_RELATIME"},
    {0x800000, "MS_I_VERSION"},
    {0x1000000, "MS_STRICTATIME"},
    {0x2000000, "MS_LAZYTIME"},
    {0, NULL},
};

static const struct bits umount_bits[] = {{1, "MNT_FORCE"}, {2, "MNT_DETACH"}, {4, "MNT_EXPIRE"}, {8, "UMOUNT_NOFOLLOW"}, {0, NULL}};

static const struct bits no_bits[] = {{0, NULL}};

static const struct bits *bits_of(uint16_t op)
{
    switch (op) {
    case OP_OPEN:
    case OP_CREATE: return open_bits;
    case OP_UNLINK:
    case OP_RMDIR:
    case OP_LINK:
    case OP_CHMOD:
    case OP_CHOWN: return at_bits;
    case OP_RENAME: return rename_bits;
    case OP_MOUNT: return mount_bits;
    case OP_UMOUNT: return umount_bits;
    default: return no_bits;
    }
}

static void add_word(struct text *out, size_t start, const char *word)
{
    if (out->length > start)
        text_addc(out, '|');
    text_adds(out, word);
}

void file_add_flags(struct text *out, uint16_t op, uint64_t flags)
{
    static const char *const access[] = {"O_RDONLY", "O_WRONLY", "O_RDWR", "O_ACCMODE"};
    size_t start = out->length;
    const struct bits *b = bits_of(op);
    if (b == open_bits) {
        add_word(out, start, access[flags & 3]);
        flags &= ~3ULL;
    }
    if (b == mount_bits && (flags & 0xffff0000) == 0xc0ed0000)
        flags &= 0xffff; /* MS_MGC_VAL, which the kernel takes off too */
    for (; b->mask; b++) {
        if ((flags & b->mask) != b->mask)
            continue;
        add_word(out, start, b->word);
        flags &= ~b->mask;
    }
    if (!flags)
        return;
    add_word(out, start, "0x");
    text_addf(out, "%llx", (unsigned long long)flags);
}

const char *file_error_word(int64_t code)
{
    switch (code) { /* linux/errno.h: never seen by programs, but by us: the call is made again after a signal */
    case 512: return "ERESTARTSYS";
    case 513: return "ERESTARTNOINTR";
    case 514: return "ERESTARTNOHAND";
    case 516: return "ERESTART_RESTARTBLOCK";
    default: return code > 0 && code < 4096 ? err_name((int)code) : NULL;
    }
}
