// Transcripts: what client and server send, and what has to come of it, read from a text file.
//
// A line has a word and, after one space, a text. In the text \r \n \t \\ and \xHH stand for bytes, and \*N(...) for
// what is in the parentheses, N times. Empty lines and lines that begin with # are skipped.
//
//   case NAME          begins a transcript
//   connect PARSER PORT IDENTITY
//                      the parser, the port on which the server listens, and the client's security identity
//   from ADDRESS       the client's address; 10.0.0.2:34567 by default
//   client BYTES       the client sends bytes
//   server BYTES       the server does
//   repeat             a measurement repeats what follows; without it, everything
//   renew              a measurement has another number, of as many digits, for the last one of the first step that it
//                      repeats, each time that it does
//   client-end         the client sends no more
//   server-end         the server does
//   to-server BYTES    bytes that reach the server; several lines add up
//   to-client BYTES    bytes that reach the client
//   result WORDS       ok if the connection stays open, which is the default, else why it is closed
//   log TEXT           an access-log entry; those who start the program check it
#ifndef CHOST_TRANSCRIPT_H
#define CHOST_TRANSCRIPT_H

#include "connection.h"

enum { MAX_STEPS = 64 };

struct step {
	bool reply, end_stream;
	struct bytes data;
};

struct transcript {
	char *name, *parser, *from;
	unsigned port, identity;
	struct step steps[MAX_STEPS];
	int step_count;
	// repeated is where those steps begin that a measurement repeats.
	int repeated;
	// renewed: the last number of that step is another one each time.
	bool renewed;
	// out is what reaches server and client.
	struct bytes out[2];
	char *result;
};

// transcripts_read reads a file or ends the program with a message. The list is never freed.
struct transcript *transcripts_read(const char *path, int *count);

// transcript_renew replaces the last number of the first step that is repeated, if it is to be another one.
void transcript_renew(const struct transcript *t, uint64_t number);

// transcript_open opens a connection for a transcript.
void transcript_open(const struct transcript *t, struct connection *c, const struct library *library, uint64_t instance,
                     uint64_t id);

#endif
