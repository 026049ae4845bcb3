/* Questions about text that Strapi and PostgreSQL ask: is it UTF-8, how many UTF-16 units. */
#ifndef FEEDS_CORE_TEXT_H
#define FEEDS_CORE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* Whether the bytes are valid UTF-8 (RFC 3629: no surrogates, no overlong forms). On false, *bad is
 * the place of the first byte that is not (bad may be NULL). */
bool text_valid(const char *text, size_t len, size_t *bad);
/* Length in UTF-16 units, as JavaScript and so Strapi counts. The text must be valid. */
size_t text_units(const char *text, size_t len);
/* The longest prefix of at most max bytes that ends between two characters. */
size_t text_cut(const char *text, size_t len, size_t max);

#endif
