/* Global variables of an object, set before it is loaded. */
#pragma once
#include "objects/object.h"

/* Takes "name=value", "name.field=value", "name[3]=value", "name=1,2,3" (an array), by the variable's type: whole numbers (10, -3, 0x1f),
 * true and false, names of an enum's values, text for arrays of char, addresses for ipv4_addr and the like (10.0.0.1, ::1). 0 or -errno
 * with words. */
int variables_set(struct object *o, const char *words, struct err *why);
/* Writes a value of a type into n bytes; the pure part of it. `name` is for words. */
int variables_parse(const struct btf *btf, uint32_t type, const char *name, const char *value, void *to, size_t n, struct err *why);
