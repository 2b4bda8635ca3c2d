/* A table's declaration as data for programs. */
#pragma once
#include "base/text.h"
#include "table/schema.h"

/* {"name":…,"description":…,"columns":[{"name","type","sql_type","role","unit","description"},…]}; unit may be null. */
void table_describe(struct text *json, const struct table *t);
