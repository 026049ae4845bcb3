/* FNV-1a, 64 bits: tells texts apart that nobody has chosen to be alike. Not for secrets. */
#ifndef FEEDS_CORE_HASH_H
#define FEEDS_CORE_HASH_H

#include <stddef.h>
#include <stdint.h>

#define HASH_INIT UINT64_C(0xcbf29ce484222325)

/* Goes on from `hash`, HASH_INIT at first. */
uint64_t hash_add(uint64_t hash, const char *bytes, size_t len);

#endif
