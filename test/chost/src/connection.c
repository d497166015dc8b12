#include "connection.h"

#include <stdlib.h>
#include <string.h>

// GUARD follows memory that the library may write to, and must be unchanged afterwards.
enum { GUARD = 0x5a, GUARD_BYTES = 64 };

void bytes_append(struct bytes *b, const void *data, size_t n)
{
	if (!n)
		return;
	if (b->length + n > b->room) {
		b->room = 2 * (b->length + n);
		b->data = realloc(b->data, b->room);
		if (!b->data)
			fail("out of memory");
	}
	memcpy(b->data + b->length, data, n);
	b->length += n;
}

// bytes_cut takes the first n bytes away.
void bytes_cut(struct bytes *b, size_t n)
{
	b->length -= n;
	if (b->length)
		memmove(b->data, b->data + n, b->length);
}

static uint64_t least(uint64_t a, uint64_t b) { return a < b ? a : b; }

static struct slice inject_buffer(void)
{
	char *room = take(INJECT_ROOM + GUARD_BYTES, 1);
	memset(room + INJECT_ROOM, GUARD, GUARD_BYTES);
	return (struct slice){room, 0, INJECT_ROOM};
}

// check_inject requires that the library has done no more to an inject buffer than to append.
static void check_inject(const struct slice *before, const struct slice *after)
{
	static const char guard[GUARD_BYTES] = {[0 ... GUARD_BYTES - 1] = GUARD};
	if (after->data != before->data || after->cap != before->cap || after->len < before->len ||
	    after->len > after->cap)
		fail("the library has changed an inject buffer other than by appending");
	if (memcmp((const char *)after->data + INJECT_ROOM, guard, GUARD_BYTES))
		fail("the library has written past the end of an inject buffer");
}

// The strings are gone when the library is back, so that one that keeps them shows.
static void forget(struct string s)
{
	memset((void *)s.data, GUARD, (size_t)s.length);
	free((void *)s.data);
}

enum result connection_open(struct connection *c, const struct library *library, uint64_t instance, uint64_t id,
                            const struct facts *facts)
{
	*c = (struct connection){.library = library, .id = id};
	c->directions[0].inject = inject_buffer();
	c->directions[1].inject = inject_buffer();
	struct string parser = copy_string(facts->parser), policy = copy_string(facts->policy_name);
	struct string source = copy_string(facts->source_address),
		      destination = copy_string(facts->destination_address);
	enum result result = library->on_new_connection(instance, parser, id, facts->ingress, facts->source,
	                                                facts->destination, source, destination, policy,
	                                                &c->directions[0].inject, &c->directions[1].inject);
	forget(parser);
	forget(policy);
	forget(source);
	forget(destination);
	if (result != RESULT_OK)
		c->closed = result_names[result];
	return result;
}

static void free_direction(struct direction *d)
{
	free(d->buffer.data);
	free(d->out.data);
	free(d->inject.data);
}

void connection_close(struct connection *c)
{
	c->library->close(c->id);
	free_direction(&c->directions[0]);
	free_direction(&c->directions[1]);
}

// apply_verdict passes and drops what an earlier verdict covers of new input, and returns how much.
static size_t apply_verdict(struct direction *d, const unsigned char *data, size_t n)
{
	size_t passed = least(d->pass, n);
	bytes_append(&d->out, data, passed);
	d->pass -= passed;
	size_t dropped = least(d->drop, n - passed);
	d->drop -= dropped;
	return passed + dropped;
}

// send_injected moves the first n injected bytes of a direction to its output.
static void send_injected(struct direction *d, size_t n)
{
	if (!n)
		return;
	char *room = d->inject.data;
	bytes_append(&d->out, room, n);
	d->inject.len -= n;
	memmove(room, room + n, d->inject.len);
}

// apply carries one operation out. It returns false if that ends the list.
static bool apply(struct connection *c, struct direction *d, struct filter_op op)
{
	if (op.n <= 0) {
		c->closed = "operation without bytes";
		return false;
	}
	size_t there = least(op.n, d->buffer.length);
	switch (op.op) {
	case OP_MORE: d->need = d->buffer.length + op.n; return false;
	case OP_PASS:
		bytes_append(&d->out, d->buffer.data, there);
		bytes_cut(&d->buffer, there);
		d->pass = op.n - there;
		return !d->pass;
	case OP_DROP:
		bytes_cut(&d->buffer, there);
		d->drop = op.n - there;
		return !d->drop;
	case OP_INJECT:
		if (op.n > d->inject.len) {
			c->closed = "inject of more than there is";
			return false;
		}
		send_injected(d, op.n);
		return true;
	default: c->closed = result_names[RESULT_PARSER_ERROR]; return false;
	}
}

// ask calls the library for all that is buffered. It returns whether it has to be called again at once.
static bool ask(struct connection *c, bool reply, bool end_stream)
{
	struct direction *d = &c->directions[reply];
	size_t chunk = d->buffer.length, count = chunk > 0;
	struct slice one, *chunks = &one;
	if (c->chunk && c->chunk < chunk) {
		chunk = c->chunk;
		count = (d->buffer.length + chunk - 1) / chunk;
		chunks = take(count, sizeof *chunks);
	}
	for (size_t i = 0; i < count; i++) {
		size_t length = least(chunk, d->buffer.length - i * chunk);
		chunks[i] = (struct slice){d->buffer.data + i * chunk, length, length};
	}
	struct filter_op room[MAX_OPS + 1];
	room[MAX_OPS] = (struct filter_op){GUARD, GUARD};
	struct slice data = {chunks, count, count}, ops = {room, 0, MAX_OPS};
	struct slice injected[2];
	if (!c->trusting) {
		injected[0] = c->directions[0].inject;
		injected[1] = c->directions[1].inject;
	}

	enum result result = c->library->on_data(c->id, reply, end_stream, &data, &ops);

	if (count > 1)
		free(chunks);
	if (!c->trusting) {
		check_inject(&injected[0], &c->directions[0].inject);
		check_inject(&injected[1], &c->directions[1].inject);
	}
	if (ops.data != room || ops.cap != MAX_OPS || ops.len < 0 || ops.len > MAX_OPS || room[MAX_OPS].op != GUARD)
		fail("the library has written past the room for operations");
	if (c->observe)
		c->observe(reply, d->buffer.length, result, room, ops.len);
	if (result != RESULT_OK) {
		c->closed = result_names[result];
		return false;
	}
	bool full = ops.len == MAX_OPS || d->inject.len == d->inject.cap;
	d->need = 0;
	for (int64_t i = 0; i < ops.len; i++) {
		if (apply(c, d, room[i]))
			continue;
		if (!c->closed && i + 1 < ops.len)
			c->closed = "operation after one that ends the list";
		full = false;
		break;
	}
	if (!c->closed && d->inject.len)
		c->closed = "injected bytes were left behind";
	return full && !c->closed;
}

static void on_io(struct connection *c, bool reply, bool end_stream, const unsigned char *data, size_t n)
{
	struct direction *d = &c->directions[reply];
	size_t done = apply_verdict(d, data, n);
	if (d->pass || d->drop)
		return;
	send_injected(d, d->inject.len);
	bytes_append(&d->buffer, data + done, n - done);
	if (d->buffer.length < d->need)
		return;
	while (ask(c, reply, end_stream))
		;
}

void connection_data(struct connection *c, bool reply, bool end_stream, const void *data, size_t n)
{
	if (c->closed)
		return;
	on_io(c, reply, end_stream, data, n);
	// Bytes for the client go out at once. Those for the server wait for the client's next bytes.
	if (!c->closed && !reply && c->directions[1].inject.len)
		on_io(c, true, false, (const unsigned char *)"", 0);
	if (!c->closed && end_stream && c->directions[reply].buffer.length)
		c->closed = "end of stream inside a message";
}
