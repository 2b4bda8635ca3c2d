/* A BTF image, read where it lies: the kernel's file is mapped when the kernel allows it, so that only the pages that are looked at cost
 * anything. (libbpf copies it twice, 5 MB each: most of the start-up time of a script that needs one struct.)
 * Source of the format: Documentation/bpf/btf.rst of the kernel. */
#pragma once
#include <linux/btf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The inline readers of the format (btf_kind, btf_vlen, btf_members …). */
#include <bpf/btf.h>

struct btf_image;

/* NULL with errno: not there, or no BTF of this machine's byte order. base: of a module, vmlinux, which must outlive it. */
struct btf_image *btf_image_open(const char *path, const struct btf_image *base);
/* The bytes must outlive it. */
struct btf_image *btf_image_of_bytes(const void *bytes, size_t size, const struct btf_image *base);
void btf_image_close(struct btf_image *b); /* NULL is fine */

uint32_t btf_image_count(const struct btf_image *b); /* ids are below, those of the base included */
uint32_t btf_image_first(const struct btf_image *b); /* id of its own first type */
/* NULL: void, or no such type. Whatever belongs to the type is inside the image. */
const struct btf_type *btf_image_type(const struct btf_image *b, uint32_t id);
/* Never NULL; "" for what has no name. */
const char *btf_image_name(const struct btf_image *b, uint32_t offset);
