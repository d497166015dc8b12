// Measurements. Each prints one line of name=value pairs.
#ifndef CHOST_BENCH_H
#define CHOST_BENCH_H

#include <time.h>

#include "play.h"

// now reads a clock, in nanoseconds.
double now(clockid_t clock);

// find reads a file of transcripts and returns the first one of the name, or ends the program with a message.
const struct transcript *find(const char *path, const char *name);

// exchange plays steps of a transcript, in pieces unless piece is 0, and requires that all of their bytes arrive as
// they are.
void exchange(struct connection *c, const struct transcript *t, int from, int to, size_t piece);

// spread says over how many connections a thread goes in turn, and how long the pieces are that steps come in; a piece
// of 0 is whole.
struct spread {
	int connections;
	size_t piece;
};

// bench_requests plays the steps of a transcript that are to be repeated, requests and their replies, over and over:
// count times on each thread. Threads share what a transcript renews. It prints
//   ns      wall-clock time of a request and its reply on one thread
//   cpu_ns  processor time of the same, without that of other threads
//   per_s   requests and replies of all threads a second
bool bench_requests(const struct host *host, const char *path, const char *name, int threads, int count,
                    struct spread spread);

// bench_copies moves the same bytes on one thread without asking the library.
bool bench_copies(const struct host *host, const char *path, const char *name, int count, size_t piece);

// bench_connections opens and closes connections with the first transcript of the name, count times on each thread.
bool bench_connections(const struct host *host, const char *path, const char *name, int threads, int count);

// bench_memory opens count connections, plays the transcript on each, and prints what one takes in the library: how
// many bytes the resident set has grown by.
bool bench_memory(const struct host *host, const char *path, const char *name, int count);

#endif
