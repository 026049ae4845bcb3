/* Functions that must not be used: each has a better one, named behind it. Force-included into every
 * file (cmake/Warnings.cmake), after the system headers that declare them, so that a use is a
 * compile error wherever it is written. The idea is git's. */
#ifndef FEEDS_BANNED_H
#define FEEDS_BANNED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define FEEDS_BANNED(function, instead) function##_is_banned_use_##instead

#undef atoi
#define atoi(text) FEEDS_BANNED(atoi, strtoll)
#undef atol
#define atol(text) FEEDS_BANNED(atol, strtoll)
#undef sprintf
#define sprintf(...) FEEDS_BANNED(sprintf, snprintf)
#undef vsprintf
#define vsprintf(...) FEEDS_BANNED(vsprintf, vsnprintf)
#undef strcpy
#define strcpy(to, from) FEEDS_BANNED(strcpy, buffer_add)
#undef strcat
#define strcat(to, from) FEEDS_BANNED(strcat, buffer_add)
#undef strncpy
#define strncpy(to, from, size) FEEDS_BANNED(strncpy, memcpy)
#undef strncat
#define strncat(to, from, size) FEEDS_BANNED(strncat, buffer_add)
#undef strtok
#define strtok(text, separators) FEEDS_BANNED(strtok, strchr)
#undef gmtime
#define gmtime(time) FEEDS_BANNED(gmtime, gmtime_r)
#undef localtime
#define localtime(time) FEEDS_BANNED(localtime, localtime_r)
#undef ctime
#define ctime(time) FEEDS_BANNED(ctime, strftime)
#undef gets
#define gets(line) FEEDS_BANNED(gets, fgets)

#endif
