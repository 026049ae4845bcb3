/* A row's cells, or a decoded JSON value, against the entity's table. Every rule about values is
 * here, and only here: the producer and the consumer refuse the same things with the same words.
 *
 *     integer  -?[0-9]+ and nothing else, so that "12x", " 7", "+7", "1.5" and "1e3" are no numbers;
 *              zeros in front are taken ("007" is 7); within int64 and the field's range. From JSON:
 *              an integer (1.0 is none), or the same as text where the field is FIELD_LENIENT
 *     text     byte for byte, nothing trimmed, nothing normalised; valid UTF-8 without U+0000
 *     choice   one of the words, letter for letter
 *     key      text that is not blank: rows with a blank key would all fall onto one entry; so is an
 *              address. A cell with `4,0064E+12` is none either: a spreadsheet has rounded it
 *     json     an object, its numbers within int64 and double (what the consumer can hold, and
 *              pass on unchanged), nested no deeper than JSON_VALUE_DEPTH_MAX; `null` is null
 *
 * Of an entity's addresses exactly one is given. Null and the empty text are no address.
 *
 * An empty cell is not given, and neither is an empty JSON text, but for an optional text field:
 * there it is the empty text. */
#ifndef FEEDS_CORE_CHECK_H
#define FEEDS_CORE_CHECK_H

#include "core/failure.h"
#include "core/record.h"
#include "core/row.h"

/* The functions return 0, or -1 with `failure` filled. */

/* Whether bytes are UTF-8 at all. `field` is a field's name, or NULL for a whole message. */
int check_encoding(const char *field, const char *bytes, size_t len, struct failure *failure);

/* The value borrows the cell's bytes, which may be anything. */
int check_cell(const struct field *field, struct cell cell, struct value *value,
               struct failure *failure);

/* All cells of a row. The record borrows the row's bytes. Stops at the first failure, and the
 * record is then zeroed. */
int check_row(const struct entity *entity, const struct row *row, struct record *record,
              struct failure *failure);

/* A value from JSON (borrowed); NULL where the object has no such member. null is VALUE_NULL, or
 * missing_field where the field is required. */
int check_json(const struct field *field, const json_t *json, struct value *value,
               struct failure *failure);

/* A text that holds a FIELD_JSON's value (valid UTF-8): check_cell()'s part for these. */
int check_json_text(const struct field *field, const char *text, size_t len, struct value *value,
                    struct failure *failure);

/* What no field can be judged for alone: a record whose values have all been checked. check_row()
 * asks it itself. */
int check_together(const struct record *record, struct failure *failure);

#endif
