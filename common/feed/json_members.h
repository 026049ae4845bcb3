/* The members of an object's text, one after the other, as they are written: nothing is unescaped, and
 * text that is no valid JSON is taken apart as far as its commas and brackets go.
 *
 *     struct json_members members = json_members(text, len);      (behind the first bracket)
 *     while (json_members_next(&members)) ... members.text, members.len
 *
 * What is behind the last member, the closing bracket with it, is members.rest. */
#ifndef FEEDS_FEED_JSON_MEMBERS_H
#define FEEDS_FEED_JSON_MEMBERS_H

#include <stdbool.h>
#include <stddef.h>

struct json_members {
    const char
        *text; /* the member: name, colon, value, without the blanks around it. Empty text: `{}`,
                         or a comma too many */
    size_t len;
    const char *rest;
    size_t rest_len;
    bool begun, ended;
};

/* The first bracket and what is in front of it is left out by the caller. */
struct json_members json_members(const char *text, size_t len);
bool json_members_next(struct json_members *members);
/* Whether the member's name, as it is written, is this one. */
bool json_member_is(const struct json_members *members, const char *name, size_t len);
/* The name as it is written, without its quotes; NULL when the member does not begin with one. */
const char *json_member_name(const struct json_members *members, size_t *len);
/* The value as it is written; NULL when there is no colon. */
const char *json_member_value(const struct json_members *members, size_t *len);

#endif
