/* Questions about text that Strapi and PostgreSQL ask: is it UTF-8, how many UTF-16 units. */
#ifndef FEEDS_CORE_TEXT_H
#define FEEDS_CORE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* Whether the bytes are valid UTF-8 (RFC 3629: no surrogates, no overlong forms). On false, *bad is
 * the place of the first byte that is not (bad may be NULL). */
bool text_valid(const char *text, size_t len, size_t *bad);
/* Whether bytes that are no UTF-8 could be Windows-1252, as most spreadsheets save. */
bool text_maybe_windows_1252(const char *bytes, size_t len);
/* Length in UTF-16 units, as JavaScript and so Strapi counts. The text must be valid. */
size_t text_units(const char *text, size_t len);
/* Length of the longest prefix of at most max bytes that ends between two characters. */
size_t text_cut(const char *text, size_t len, size_t max);
/* Leaves out the white space (Unicode's) at both ends of valid text; nothing is copied. */
void text_trim(const char **text, size_t *len);
/* Writes bytes of any kind as a person can read them on one line and a terminal can show without
 * harm: what is no valid UTF-8, control characters, and what is invisible (a BOM), as \xNN; "..."
 * where it did not fit. `out` (size bytes, at least 4) ends with NUL. Returns its length. */
size_t text_show(const char *bytes, size_t len, char *out, size_t size);
/* Writes bytes of any kind as valid UTF-8 without U+0000: each wrong byte becomes U+FFFD. What does
 * not fit is cut between characters. `out` (size bytes, at least 1) ends with NUL. Returns its
 * length. */
size_t text_clean(const char *bytes, size_t len, char *out, size_t size);

#endif
