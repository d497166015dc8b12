// Calls that a proxy must not make. The library has to survive them, and to refuse.
#ifndef CHOST_MISUSE_H
#define CHOST_MISUSE_H

#include "play.h"

// misuse works with the first transcript of a file. It needs an open instance.
bool misuse(const struct host *host, const char *path);

#endif
