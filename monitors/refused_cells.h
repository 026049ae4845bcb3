/* A refused row or message as cells, in a line of another shape than its own. */
#ifndef FEEDS_MONITORS_REFUSED_CELLS_H
#define FEEDS_MONITORS_REFUSED_CELLS_H

#include <stddef.h>

#include "core/buffer.h"
#include "feed/row_layout.h"

enum refused_fit {
    REFUSED_FITS,
    REFUSED_UNFIT, /* it cannot be taken apart; nothing was added */
    REFUSED_NO_MEMORY,
};

/* Appends the cells and a line end. A message: one JSON object. */
enum refused_fit refused_cells_of_message(const struct row_layout *shape,
                                          const struct entity *entity, const char *message,
                                          size_t len, struct buffer *out);
/* A row of a CSV feed with a layout of its own. */
enum refused_fit refused_cells_of_row(const struct row_layout *shape, const struct entity *entity,
                                      const struct row_layout *own, const char *row, size_t len,
                                      struct buffer *out);

#endif
