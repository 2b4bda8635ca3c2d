#include "base/text.h"
#include "objects/explain.h"
#include "objects/object.h"

#include <string.h>
#include <sys/utsname.h>

void explain_object(const struct object *o, const struct refused *what, struct explanation *e)
{
    char lacking[96];
    struct utsname system;
    struct text said = {0};
    if (o->lines.length)
        text_add(&said, o->lines.bytes, o->lines.length);
    if (what->words)
        text_addf(&said, "%s\n", what->words);
    object_lacking(lacking, sizeof lacking);
    const struct refusal r = {
        .step = what->step,
        .error = what->error,
        .program = what->program,
        .verifier = o->log,
        .verifier_n = o->log ? strlen(o->log) : 0,
        .libbpf = said.bytes,
        .libbpf_n = said.length,
        .lacking = lacking,
        .kernel = uname(&system) ? NULL : system.release,
        .object = o->bytes,
        .object_n = o->n,
    };
    explain(&r, e);
    text_free(&said);
}
