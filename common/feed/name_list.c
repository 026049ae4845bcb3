#include "feed/name_list.h"

#include <stdio.h>
#include <string.h>

void name_list_add(struct name_list *list, const char *name)
{
    const char *comma = list->len > 0 ? ", " : "";
    const char *shown = name[0] == '\0' ? "(no name)" : name;
    size_t wanted = strlen(comma) + strlen(shown);
    list->count++;
    if (list->left_out > 0 || list->len + wanted > NAME_LIST_MAX) {
        list->left_out++;
        return;
    }
    snprintf(list->text + list->len, sizeof list->text - list->len, "%s%s", comma, shown);
    list->len += wanted;
}

void name_list_end(struct name_list *list)
{
    if (list->left_out > 0)
        snprintf(list->text + list->len, sizeof list->text - list->len, ", ...");
}
