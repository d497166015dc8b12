// Transcripts played through connections: in every segmentation, and on many threads.
#ifndef CHOST_PLAY_H
#define CHOST_PLAY_H

#include "transcript.h"

// host is what the commands work on.
struct host {
	struct library library;
	// instance is that opened last.
	uint64_t instance;
};

// Commands print what went wrong on standard error, and answer whether all went well.

// play_once plays each transcript once, unsplit.
bool play_once(const struct host *host, const char *path);
// play_split plays each transcript in every segmentation.
bool play_split(const struct host *host, const char *path);
// play_show plays each transcript once, in pieces unless piece is 0, and prints what the library did, whatever is
// expected: "case NAME"; for each call a line "request" or "reply" with the length of the input and the operations;
// what reached the server and the client; and the result.
bool play_show(const struct host *host, const char *path, size_t piece);
// play_threads plays transcripts on threads at once, count connections on each.
bool play_threads(const struct host *host, const char *path, int threads, int count);

#endif
