/* A list of valid names, for the sentence that follows a wrong one. */
#pragma once
#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>

struct names {
    const char *(*at)(const void *arg, size_t i); /* the i-th name, NULL past the last */
    const void *arg;
};

bool names_have(struct names names, const char *word);
/* The name that `word` most likely meant (few edits away; - and _ are one), or NULL when none is near. */
const char *names_nearest(struct names names, const char *word);
/* "a, b, c" */
void names_join(struct text *t, struct names names);
/* `"word" (did you mean "name"?)`, or only the quoted word when no name is near. Long words are cut. */
void names_add_unknown(struct text *t, struct names names, const char *word);
/* A JSON string, cut after 60 bytes with … */
void names_add_quoted(struct text *t, const char *word);
