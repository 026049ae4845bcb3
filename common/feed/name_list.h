/* Names in a row for a sentence: "a, b, c", and "..." for those that are too many. */
#ifndef FEEDS_FEED_NAME_LIST_H
#define FEEDS_FEED_NAME_LIST_H

#include <stddef.h>

/* Ceiling of the list, bytes. */
#define NAME_LIST_MAX 180

struct name_list {
    char text[NAME_LIST_MAX + 8];
    size_t len;
    size_t count; /* names that were added, left out or not */
    size_t left_out;
};

#define NAME_LIST_INIT                                                                             \
    {                                                                                              \
        .len = 0                                                                                   \
    }

/* A name as it can be shown; "" is "(no name)". */
void name_list_add(struct name_list *list, const char *name);
/* No more follow. */
void name_list_end(struct name_list *list);

#endif
