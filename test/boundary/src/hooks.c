// Hooks loads a proxylib library as Envoy does and calls its hooks in the order that scripts say, from inside of
// callbacks as well. It takes scripts from standard input, each with its length in four bytes before it, little-endian,
// and answers "ok", or says what is wrong. The first argument is the library, the second the filter_config. With a
// third one it has connections end while the library commits, and answers once.
//
// A script is read byte by byte wherever there is something to decide, and is 0 after its end.
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "program.h"

#include "../../../hosts/envoy/abi.h"

enum { FILTERS = 4, DEPTH = 4 };

static uintptr_t (*config_new)(uintptr_t host, bytes name, bytes json);
static void (*config_destroy)(uintptr_t module);
static uintptr_t (*filter_new)(uintptr_t config, uintptr_t host);
static enum status (*new_connection)(uintptr_t host, uintptr_t module);
static enum status (*on_read)(uintptr_t host, uintptr_t module, size_t length, bool end_stream);
static enum status (*on_write)(uintptr_t host, uintptr_t module, size_t length, bool end_stream);
static void (*on_event)(uintptr_t host, uintptr_t module, enum event event);
static void (*scheduled)(uintptr_t host, uintptr_t module, uint64_t event);
static void (*low_watermark)(uintptr_t host, uintptr_t module);
static void (*filter_destroy)(uintptr_t module);

// --- Buffers.

struct buffer {
	char *data;
	size_t length;
};

static void add(struct buffer *b, const char *data, size_t n)
{
	if (n == 0)
		return;
	b->data = realloc(b->data, b->length + n);
	memcpy(b->data + b->length, data, n);
	b->length += n;
}

static bool take_off(struct buffer *b, size_t n)
{
	if (n > b->length) {
		wrong("%zu bytes are drained of %zu", n, b->length);
		n = b->length;
	}
	if (n == 0)
		return false;
	memmove(b->data, b->data + n, b->length - n);
	b->length -= n;
	return true;
}

static void let_go(struct buffer *b)
{
	free(b->data);
	*b = (struct buffer){0};
}

// --- Filters, as Envoy keeps them.

// The library commits from a thread of its own; after the delete, the memory checker would see it.
struct scheduler {
	struct filter *filter;
	atomic_uint commits;
};

struct filter {
	uintptr_t module; // 0 where there is none
	struct buffer input[2], *open[2]; // what the hook that runs may touch
	struct buffer upstream, client;
	int depth, disabled;
	bool closed, refused, half_closed[2];
	struct scheduler *scheduler; // NULL where there is none
	size_t forwarded; // to upstream when it was refused
	bool last_held; // the connection ends while the library commits
	atomic_bool gone, deleted;
	int states; // values in filter state
};

static struct filter filters[FILTERS];
static uintptr_t config;

static struct filter *filter_of(uintptr_t host)
{
	struct filter *f = (struct filter *)host;
	if (f < filters || f >= filters + FILTERS || !f->module) {
		wrong("a callback for no filter");
		exit(3);
	}
	return f;
}

static void check_upstream(struct filter *f)
{
	size_t begin = 0;
	for (size_t i = 0; i < f->upstream.length; i++) {
		if (f->upstream.data[i] != '\n')
			continue;
		if (i - begin < 12 || memcmp(f->upstream.data + begin, "READ public/", 12))
			wrong("upstream gets %.*s", (int)(i - begin), f->upstream.data + begin);
		begin = i + 1;
	}
	take_off(&f->upstream, begin);
}

static void to_upstream(struct filter *f, const char *data, size_t n)
{
	if (n > 0 && f->refused)
		wrong("%zu bytes go upstream after a refusal", n);
	add(&f->upstream, data, n);
	check_upstream(f);
}

static void end(struct filter *f, enum event event)
{
	if (f->closed)
		return;
	f->closed = true;
	on_event((uintptr_t)f, f->module, event);
}

static void data(struct filter *f, int dir);

// What Envoy may do before a callback that sends or closes returns.
static void nested(struct filter *f, int dir)
{
	if (f->depth >= DEPTH)
		return;
	switch (next() % 8) {
	case 1: end(f, REMOTE_CLOSE); break;
	case 2: end(f, LOCAL_CLOSE); break;
	case 3:
		if (!f->closed)
			low_watermark((uintptr_t)f, f->module);
		break;
	case 4:
		if (!f->closed && !f->open[dir])
			data(f, dir);
	}
}

// --- Hooks.

static void data(struct filter *f, int dir)
{
	static const char *const lines[] = {
		"READ public/a\r\n", "READ secret/b\r\n", "HALT\r\n", "READ public/", "c\r\n", "\x01\r\n",
		"OK a file\r\n",     "ERROR\r\n",         "",         "\r\n",
	};
	if (f->closed || f->half_closed[dir])
		return;
	for (unsigned n = next() % 6; n > 0; n--) {
		const char *line = lines[next() % (sizeof lines / sizeof *lines)];
		add(&f->input[dir], line, strlen(line));
	}
	f->half_closed[dir] = next() % 16 == 15;
	f->open[dir] = &f->input[dir];
	f->depth++;
	enum status status =
		(dir ? on_write : on_read)((uintptr_t)f, f->module, f->input[dir].length, f->half_closed[dir]);
	f->depth--;
	f->open[dir] = NULL;
	if (status == STOP_ITERATION) {
		if (f->input[dir].length > 0 && !f->closed)
			wrong("%zu bytes stay in Envoy", f->input[dir].length);
		return;
	}
	if (dir == 0 && !f->closed)
		to_upstream(f, f->input[dir].data, f->input[dir].length);
	take_off(&f->input[dir], f->input[dir].length);
}

static void create(struct filter *f)
{
	memset(f, 0, sizeof *f);
	f->module = filter_new(config, (uintptr_t)f);
	if (!f->module)
		wrong("no filter is made");
	else if (next() % 8 > 0)
		new_connection((uintptr_t)f, f->module);
}

static void destroy(struct filter *f)
{
	uintptr_t module = f->module;
	// Envoy tells of the end before, but for a connection that never came to be.
	if (next() % 8 > 0)
		end(f, LOCAL_CLOSE);
	f->module = 0;
	filter_destroy(module);
	if (f->scheduler)
		wrong("a scheduler outlives its filter");
	let_go(&f->input[0]);
	let_go(&f->input[1]);
	let_go(&f->upstream);
	let_go(&f->client);
}

static void step(void)
{
	struct filter *f = &filters[next() % FILTERS];
	unsigned what = next() % 11;
	if (!f->module) {
		create(f);
		return;
	}
	switch (what) {
	case 0: destroy(f); break;
	case 1: end(f, REMOTE_CLOSE); break;
	case 2: on_event((uintptr_t)f, f->module, next() % 2 ? CONNECTED : CONNECTED_ZERO_RTT); break;
	case 3:
		if (!f->closed)
			low_watermark((uintptr_t)f, f->module);
		break;
	case 10:
		// Envoy calls it for a connection that has ended as well.
		if (f->scheduler)
			scheduled((uintptr_t)f, f->module, 0);
		break;
	default: data(f, what % 2);
	}
}

static void close_config(void)
{
	if (config)
		config_destroy(config);
	config = 0;
}

static const char *json;

static void play(void)
{
	// To open one takes long, in comparison.
	if (next() % 32 == 31)
		close_config();
	if (!config)
		config = config_new(1, (bytes){"proxylib", 8}, (bytes){json, strlen(json)});
	if (!config) {
		wrong("the configuration is refused");
		return;
	}
	while (more())
		step();
	for (int i = 0; i < FILTERS; i++)
		if (filters[i].module)
			destroy(&filters[i]);
}

// --- Callbacks.

#define DEFINE(name) envoy_dynamic_module_callback_##name

void DEFINE(log)(enum level level, bytes message) { (void)level, (void)message; }
bool DEFINE(log_enabled)(enum level level) { return level >= ERROR; }
bool DEFINE(is_validation_mode)(void) { return false; }

static enum metrics_result define(uintptr_t host, bytes name, size_t *id)
{
	static size_t last;
	if (host != 1 || name.length == 0)
		wrong("a metric is defined for %zu", (size_t)host);
	*id = ++last;
	return METRICS_SUCCESS;
}

enum metrics_result DEFINE(network_filter_config_define_counter)(uintptr_t h, bytes n, size_t *id)
{
	return define(h, n, id);
}
enum metrics_result DEFINE(network_filter_config_define_gauge)(uintptr_t h, bytes n, size_t *id)
{
	return define(h, n, id);
}

enum metrics_result DEFINE(network_filter_config_define_histogram)(uintptr_t h, bytes n, size_t *id)
{
	return define(h, n, id);
}

enum metrics_result DEFINE(network_filter_record_histogram_value)(uintptr_t host, size_t id, uint64_t value)
{
	filter_of(host);
	if (id == 0)
		wrong("%llu is recorded in no histogram", (unsigned long long)value);
	return METRICS_SUCCESS;
}

enum metrics_result DEFINE(network_filter_increment_counter)(uintptr_t host, size_t id, uint64_t by)
{
	filter_of(host);
	if (id == 0 || by == 0)
		wrong("counter %zu is incremented by %llu", id, (unsigned long long)by);
	return METRICS_SUCCESS;
}

enum metrics_result DEFINE(network_filter_set_gauge)(uintptr_t host, size_t id, uint64_t value)
{
	filter_of(host);
	(void)id, (void)value;
	return METRICS_SUCCESS;
}

// What is set in filter state cannot be set again.
bool DEFINE(network_get_filter_state_bytes)(uintptr_t host, bytes key, bytes *value)
{
	filter_of(host);
	(void)key, (void)value;
	return false;
}

bool DEFINE(network_set_filter_state_bytes)(uintptr_t host, bytes key, bytes value)
{
	if (key.length == 0 || value.length == 0 || ++filter_of(host)->states > 6)
		wrong("filter state %.*s is set", (int)key.length, key.ptr);
	return true;
}

static struct buffer *buffer_of(uintptr_t host, int dir)
{
	struct buffer *b = filter_of(host)->open[dir];
	if (!b)
		wrong("a buffer is touched outside of its hook");
	return b;
}

// A buffer is shown in up to three pieces, one of which may be empty.
static size_t show(struct buffer *b, bytes *chunks)
{
	size_t cut = b->length > 0 ? b->length / 3 : 0;
	if (chunks) {
		chunks[0] = (bytes){b->data, cut};
		chunks[1] = (bytes){b->data + cut, 0};
		chunks[2] = (bytes){b->data + cut, b->length - cut};
	}
	return 3;
}

#define BUFFER(name, dir) \
	size_t DEFINE(network_filter_get_##name##_buffer_chunks_size)(uintptr_t host) \
	{ \
		struct buffer *b = buffer_of(host, dir); \
		return b && b->length ? show(b, NULL) : 0; \
	} \
	bool DEFINE(network_filter_get_##name##_buffer_chunks)(uintptr_t host, bytes *chunks) \
	{ \
		struct buffer *b = buffer_of(host, dir); \
		return b && b->length && show(b, chunks); \
	} \
	bool DEFINE(network_filter_drain_##name##_buffer)(uintptr_t host, size_t n) \
	{ \
		struct buffer *b = buffer_of(host, dir); \
		return b && take_off(b, n); \
	} \
	bool DEFINE(network_filter_append_##name##_buffer)(uintptr_t host, bytes more) \
	{ \
		struct buffer *b = buffer_of(host, dir); \
		if (b) \
			add(b, more.ptr, more.length); \
		return b != NULL; \
	}

BUFFER(read, 0)
BUFFER(write, 1)

void DEFINE(network_filter_inject_read_data)(uintptr_t host, bytes more, bool end_stream)
{
	struct filter *f = filter_of(host);
	if (f->closed || end_stream)
		wrong("bytes are sent upstream after the end");
	to_upstream(f, more.ptr, more.length);
	nested(f, 1);
}

void DEFINE(network_filter_inject_write_data)(uintptr_t host, bytes more, bool end_stream)
{
	struct filter *f = filter_of(host);
	if (f->closed || end_stream)
		wrong("bytes are sent to the client after the end");
	add(&f->client, more.ptr, more.length);
	nested(f, 0);
}

void DEFINE(network_filter_close_with_details)(uintptr_t host, enum close_type type, bytes details)
{
	struct filter *f = filter_of(host);
	if (f->closed || f->refused)
		wrong("a connection is closed twice");
	if (details.length == 0)
		wrong("a connection is closed without a reason");
	f->refused = true;
	// With nothing left to send, Envoy closes at once.
	if (type == NO_FLUSH || next() % 2)
		end(f, LOCAL_CLOSE);
}

bool DEFINE(network_filter_above_high_watermark)(uintptr_t host) { return filter_of(host) && next() % 2; }

int DEFINE(network_filter_read_disable)(uintptr_t host, bool disable)
{
	struct filter *f = filter_of(host);
	f->disabled += disable ? 1 : -1;
	if (f->disabled < 0 || f->disabled > 1)
		wrong("reading is disabled %d times", f->disabled);
	return 0;
}

uint64_t DEFINE(network_filter_get_connection_id)(uintptr_t host) { return host; }

static bool address(bytes *text, uint32_t *port)
{
	*text = (bytes){"127.0.0.1", 9};
	*port = 4040;
	return next() % 8 != 7;
}

bool DEFINE(network_filter_get_remote_address)(uintptr_t host, bytes *a, uint32_t *p)
{
	return filter_of(host) && address(a, p);
}
bool DEFINE(network_filter_get_local_address)(uintptr_t host, bytes *a, uint32_t *p)
{
	return filter_of(host) && address(a, p);
}
bool DEFINE(network_filter_get_requested_server_name)(uintptr_t host, bytes *name) { return !filter_of(host) || !name; }

uintptr_t DEFINE(network_filter_scheduler_new)(uintptr_t host)
{
	struct filter *f = filter_of(host);
	if (f->scheduler)
		wrong("a filter makes a second scheduler");
	f->scheduler = calloc(1, sizeof *f->scheduler);
	f->scheduler->filter = f;
	return (uintptr_t)f->scheduler;
}

void DEFINE(network_filter_scheduler_commit)(uintptr_t scheduler, uint64_t event)
{
	(void)event;
	struct scheduler *s = (struct scheduler *)scheduler;
	struct filter *f = s->filter;
	if (f->last_held) {
		// The library's thread is the last that holds the connection.
		filter_destroy(f->module);
		atomic_store(&f->gone, true);
	}
	atomic_fetch_add(&s->commits, 1);
}

void DEFINE(network_filter_scheduler_delete)(uintptr_t scheduler)
{
	struct scheduler *s = (struct scheduler *)scheduler;
	struct filter *f = s->filter;
	f->scheduler = NULL;
	free(s);
	atomic_store(&f->deleted, true);
}

void DEFINE(network_set_dynamic_metadata_string)(uintptr_t host, bytes ns, bytes key, bytes value)
{
	filter_of(host);
	if (ns.length == 0 || key.length == 0 || value.length == 0)
		wrong("metadata lack a part");
}

void DEFINE(network_set_dynamic_metadata_number)(uintptr_t host, bytes ns, bytes key, double value)
{
	filter_of(host);
	if (ns.length == 0 || key.length == 0 || value < 0)
		wrong("metadata lack a part");
}

// --- Connections that end while the library commits, one after the other.

enum { COMMITS = 3, PATIENCE = 10 };

static int end_in_commits(void)
{
	config = config_new(1, (bytes){"proxylib", 8}, (bytes){json, strlen(json)});
	for (int i = 0; config && i < COMMITS; i++) {
		struct filter *f = &filters[i];
		f->module = filter_new(config, (uintptr_t)f);
		f->last_held = true;
		add(&f->input[0], "READ public/a\r\n", 15);
		f->open[0] = &f->input[0];
		on_read((uintptr_t)f, f->module, f->input[0].length, false);
		f->open[0] = NULL;
		for (int tenths = 0; tenths < 10 * PATIENCE && !atomic_load(&f->deleted); tenths++)
			usleep(100000);
		if (!atomic_load(&f->gone) || !atomic_load(&f->deleted))
			wrong("connection %d is not released", i);
	}
	close_config();
	verdict();
	return 0;
}

// --- The program.

int main(int argc, char **argv)
{
	void *library = argc >= 3 ? load(argv[1]) : NULL;
	if (!library) {
		fputs("usage: hooks LIBRARY CONFIG [commits]\n", stderr);
		return 2;
	}
	json = argv[2];
	config_new = find(library, "network_filter_config_new");
	config_destroy = find(library, "network_filter_config_destroy");
	filter_new = find(library, "network_filter_new");
	new_connection = find(library, "network_filter_new_connection");
	on_read = find(library, "network_filter_read");
	on_write = find(library, "network_filter_write");
	on_event = find(library, "network_filter_event");
	scheduled = find(library, "network_filter_scheduled");
	low_watermark = find(library, "network_filter_below_write_buffer_low_watermark");
	filter_destroy = find(library, "network_filter_destroy");
	if (argc == 4)
		return end_in_commits();
	if (!play_all(play))
		return 2;
	close_config();
	return 0;
}
