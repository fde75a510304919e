// XXH3, for checksums and hash tables. Its functions are compiled in, as the library's header offers: they are short,
// and a server that starts has a library less to load.
#pragma once

#define XXH_INLINE_ALL
#include <xxhash.h>
