/* Numbers of file operations as the words of manual pages. */
#pragma once
#include "base/text.h"
#include "collectors/file/file.wire.h"

const char *file_op_word(uint16_t op); /* "open"; NULL when unknown */
/* Appends the flags of an operation: "O_RDWR|O_CREAT"; bits without a name as one hexadecimal number; nothing for none.
 * Values are the kernel's for x86-64 (asm-generic/fcntl.h, linux/fcntl.h, linux/fs.h, linux/mount.h). */
void file_add_flags(struct text *out, uint16_t op, uint64_t flags);
/* "ENOENT" for 2, also the kernel's own ERESTARTSYS; NULL when unknown. */
const char *file_error_word(int64_t code);
