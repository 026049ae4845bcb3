/* Offsets of a partition that are done although one below them is not. They go with the commit
 * (core/commit_note.h), so that who reads on there does not do them once more: what comes twice is
 * recognised by each sink in its own way, but not by one what another has written.
 *
 * A bitmap; what is too far from the first is left out, and is done again. */
#ifndef FEEDS_CORE_OFFSET_SET_H
#define FEEDS_CORE_OFFSET_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* 10,000 offsets from the first: 2.5 KB in a commit. */
#define OFFSET_SET_BYTES 1250
/* The longest text, with its NUL: "+", the first offset, ":", two digits a byte. */
#define OFFSET_SET_TEXT (24 + 2 * OFFSET_SET_BYTES)

struct offset_set {
    int64_t base; /* the first that can be in it */
    size_t len;   /* bytes in use; 0: the set is empty */
    unsigned char bits[OFFSET_SET_BYTES];
};

/* An empty one. Offsets below `base` never get into it. */
void offset_set_start(struct offset_set *set, int64_t base);
void offset_set_add(struct offset_set *set, int64_t offset);
bool offset_set_has(const struct offset_set *set, int64_t offset);
/* Adds those of another set that are not below `from`. */
void offset_set_add_from(struct offset_set *set, const struct offset_set *other, int64_t from);

/* "+1203:0f80": from which offset, then a bit an offset, the lowest of a byte first. Returns its length; 0
 * for the empty set, which has no text. */
size_t offset_set_write(const struct offset_set *set, char text[OFFSET_SET_TEXT]);
/* 0, or -1 when the text (not NUL-terminated) is none; the set is empty then. */
int offset_set_read(const char *text, size_t len, struct offset_set *set);

#endif
