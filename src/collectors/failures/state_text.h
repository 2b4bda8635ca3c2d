/* What a task may do and see, in words. */
#pragma once
#include "base/text.h"
#include "collectors/failures/failures.wire.h"

/* Appends "uid=1000 euid=0 gid=1000 caps=all"; euid, suid, fsuid only where they differ from the one before; permitted=… where it is not
 * what is effective. A user namespace is named when it is not that of `other`. Nothing when the state is not known. */
void state_add_credentials(struct text *out, const struct task_state *s, const struct task_state *other);
/* Appends the namespaces that differ from those of `other`: "net=4026532200 mnt=4026532199". */
void state_add_namespaces(struct text *out, const struct task_state *s, const struct task_state *other);
/* Appends "none", "cap_chown,cap_kill", "all,-cap_sys_resource" or "all" for a mask of capabilities (linux/capability.h). */
void state_add_capabilities(struct text *out, uint64_t mask);
