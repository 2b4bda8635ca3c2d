/* The scripts that come with the program (tools/). */
#pragma once
#include "base/text.h"

/* "execsnoop" or "execsnoop.bt" becomes the path of that script. False: there is no such tool. */
bool tool_find(const char *name, struct text *path);
/* Each tool with the question that it answers, a line each, in the order of their names. False with words on stderr when they are nowhere.
 */
bool tools_list(struct text *out);
