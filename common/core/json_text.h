/* JSON text → value, with what is wrong in our own codes and a sentence. Also what makes a JSON
 * value unfit for Strapi though it is correct. */
#ifndef FEEDS_CORE_JSON_TEXT_H
#define FEEDS_CORE_JSON_TEXT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "core/failure.h"

/* How deep a field's value may be nested: far above what people write, and far below what ends a
 * recursion in Strapi, in PostgreSQL or here. */
#define JSON_VALUE_DEPTH_MAX 256

/* A new reference, or NULL with `failure` filled. The bytes are valid UTF-8. field: its name, and
 * then any value is taken and no JSON is bad_json; NULL: a whole message, which is an object or an
 * array, and no JSON is undecodable. A member that comes twice, U+0000, half a surrogate pair, a
 * number beyond int64 or double: each has its code. */
json_t *json_text_read(const char *field, const char *bytes, size_t len, struct failure *failure);

/* Whether objects and arrays are nested deeper than that. */
bool json_value_too_deep(const json_t *json);

#endif
