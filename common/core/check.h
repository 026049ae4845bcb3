/* A row's cells, or a decoded JSON value, against the entity's table. Every rule about values is
 * here, and only here: the producer and the consumer refuse the same things with the same words. */
#ifndef FEEDS_CORE_CHECK_H
#define FEEDS_CORE_CHECK_H

#include "core/failure.h"
#include "core/record.h"
#include "core/row.h"

/* Text with its bytes already known to be valid UTF-8 (text_valid). An empty cell is VALUE_ABSENT,
 * or missing_field where the field is required. 0, or -1 with `failure` filled. */
int check_cell(const struct field *field, struct cell cell, struct value *value,
               struct failure *failure);

/* All cells of a row. The record borrows the row's bytes. Stops at the first failure. Also refuses
 * what no field may hold: bytes that are not UTF-8 (bad_encoding) and U+0000 (nul_byte). */
int check_row(const struct entity *entity, const struct row *row, struct record *record,
              struct failure *failure);

/* A value from JSON (borrowed). null is VALUE_NULL, or missing_field where required. */
int check_json(const struct field *field, const json_t *json, struct value *value,
               struct failure *failure);

#endif
