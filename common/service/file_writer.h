/* Whether somebody is writing a file right now. */
#ifndef FEEDS_SERVICE_FILE_WRITER_H
#define FEEDS_SERVICE_FILE_WRITER_H

#include <stdbool.h>

/* True when the file is known to be open for writing. The kernel gives a read lease (fcntl(2)) only on a
 * file that nobody writes; it does so for the file's owner and for root, on file systems of its own: for
 * others, and on NFS, nobody knows, and the answer is false. SIGIO must be ignored (file_writer_setup()):
 * whoever opens the file for writing in that moment waits for it, and we are told. */
bool file_has_writer(const char *path);
/* Once a process. 0 or -1. */
int file_writer_setup(void);

#endif
