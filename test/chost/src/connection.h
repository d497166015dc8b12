// One connection, driven as the host of a parser library does it.
#ifndef CHOST_CONNECTION_H
#define CHOST_CONNECTION_H

#include <stdbool.h>

#include "library.h"

enum { INJECT_ROOM = 1024, MAX_OPS = 16 };

// bytes is a growing string of bytes.
struct bytes {
	unsigned char *data;
	size_t length, room;
};

void bytes_append(struct bytes *b, const void *data, size_t n);
void bytes_cut(struct bytes *b, size_t n);

// direction is what the host keeps for one direction of a connection.
struct direction {
	// buffer holds the bytes without a verdict.
	struct bytes buffer;
	// need is the length of the buffer below which the library is not asked.
	uint64_t need;
	// pass and drop are what a verdict covers of the bytes to come.
	uint64_t pass, drop;
	struct slice inject;
	// out is what has left.
	struct bytes out;
};

// facts is what the host knows of a new connection.
struct facts {
	const char *parser, *source_address, *destination_address, *policy_name;
	uint32_t source, destination;
	bool ingress;
};

struct connection {
	const struct library *library;
	uint64_t id;
	// chunk is the length of the slices that input is handed over in; 0 is one slice.
	size_t chunk;
	struct direction directions[2];
	// trusting: what the library must not do is not looked for in each call, as no host does that.
	bool trusting;
	// observe, if set, is called after each call of on_data with the length of its input, the result and the
	// operations.
	void (*observe)(bool reply, size_t input, enum result result, const struct filter_op *ops, int64_t count);
	// closed says why the connection has ended; NULL while it is open.
	const char *closed;
};

// connection_open tells the library of a connection. It is to be closed unless the result is other than ok.
enum result connection_open(struct connection *c, const struct library *library, uint64_t instance, uint64_t id,
                            const struct facts *facts);
// connection_data is bytes that arrive, and afterwards sends what has come to be due in the other direction.
void connection_data(struct connection *c, bool reply, bool end_stream, const void *data, size_t n);
// connection_close tells the library and frees what the connection holds.
void connection_close(struct connection *c);

#endif
