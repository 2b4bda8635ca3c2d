/* What the verifier's log says, in a sentence. */
#pragma once

struct err;

/* `error`: a positive errno. Returns -error. */
int refusal_explain(const char *log, int error, const char *program, struct err *why);
