// Program is what the programs that act as Envoy have in common: the library that they load, and the script that they
// play.
#include <stdbool.h>

// load loads the library, or returns NULL.
void *load(const char *path);

// find returns a hook of the library, by its name without the common beginning. Without that hook the program ends.
void *find(void *library, const char *name);

// next returns the next byte of the script, and 0 after its end.
unsigned next(void);

// more reports whether the script goes on.
bool more(void);

// wrong notes what is wrong, the first time in a script.
void __attribute__((format(printf, 1, 2))) wrong(const char *format, ...);

// verdict prints "ok", or what is wrong.
void verdict(void);

// play_all plays the scripts that come from standard input, each with its length in four bytes before it,
// little-endian. It reports whether the input ends with a whole script.
bool play_all(void (*play)(void));
