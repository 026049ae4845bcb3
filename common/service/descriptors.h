/* The three standard descriptors, which a caller may have closed (`<&-`): the next pipe or socket of
 * ours would get such a number, and be read as the feed or written to as the log. */
#ifndef FEEDS_SERVICE_DESCRIPTORS_H
#define FEEDS_SERVICE_DESCRIPTORS_H

/* First of all in a main: a closed descriptor of 0, 1 and 2 becomes a /dev/null that still cannot be
 * read (0) or written (1); what is written to 2 vanishes. 0, or -1 with errno. */
int descriptors_fill(void);

#endif
