/* Stacks of an object's stack maps, and whose they are. A stack map has addresses by a number; which process a stack of user space belongs
 * to say the hash maps in which programs count by process and number: those whose keys or values have both (typed_pid, stack_id). */
#pragma once
#include "objects/maps.h"

enum { STACKS_MAX_MAPS = 16, STACKS_ENTRIES = 16384 /* entries that one look goes through, in all maps together */ };

struct stacks;

/* Of a loaded object, which is borrowed. NULL: it has no stack map, or memory ran out. */
struct stacks *stacks_create(const struct object *o);
void stacks_destroy(struct stacks *s); /* NULL is fine */

/* Looks through the maps. o: for what the user says of fields (form_of). see: called for each process with a stack; may be NULL. */
void stacks_learn(struct stacks *s, const struct typed_options *o, void (*see)(void *arg, uint32_t pid), void *arg);
/* The addresses of a stack by its number, as typed_options.stack: with several stack maps that whose name goes with the field's
 * ("user_stack_id", "ustacks") is asked first. */
size_t stacks_frames(const struct stacks *s, const char *field, uint32_t id, uint64_t *frames, size_t room);
/* Whose stack it is, by what was learned; 0: unknown. */
uint32_t stacks_pid(const struct stacks *s, const char *map, uint32_t id);
