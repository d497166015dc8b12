// Httphooks loads a library with HTTP filters as Envoy does and calls its hooks in orders that scripts say, from inside
// of callbacks as well. It takes scripts from standard input, each with its length in four bytes before it,
// little-endian, and answers "ok", or says what is wrong. Its arguments are the library, and pairs of a filter_name and
// a filter_config.
//
// A script is read byte by byte wherever there is something to decide, and is 0 after its end.
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "program.h"

#include "../../../hosts/envoy/httpgo.h"

enum { STREAMS = 4, CONFIGS = 8, LINES = 12, PIECE = 64 };
enum { PASS, STOP, PAUSE = 4 };

static uintptr_t (*config_new)(uintptr_t host, bytes name, bytes json);
static void (*config_destroy)(uintptr_t module);
static uintptr_t (*filter_new)(uintptr_t config, uintptr_t host);
static int (*on_headers[2])(uintptr_t host, uintptr_t module, bool end);
static int (*on_body[2])(uintptr_t host, uintptr_t module, bool end);
static int (*on_trailers[2])(uintptr_t host, uintptr_t module);
static void (*on_complete)(uintptr_t host, uintptr_t module);
static void (*on_scheduled)(uintptr_t host, uintptr_t module, uint64_t event);
static void (*filter_destroy)(uintptr_t module);

// --- Streams, as Envoy keeps them.

// The library commits from threads of its own, and may keep a scheduler longer than its stream.
struct scheduler {
	atomic_uint commits;
};

static atomic_int schedulers;

struct side {
	struct header lines[LINES];
	size_t count;
	char *body[2]; // what is received in this hook, and what is buffered
	size_t length[2];
	bool begun, ended, forwarded, waits, open;
};

struct flow {
	uintptr_t module; // 0 where there is none
	struct side sides[2];
	struct scheduler *scheduler;
	bool replied, complete, in_request;
	bool denies[2]; // a side must not be forwarded
};

static struct flow streams[STREAMS];
static uintptr_t configs[CONFIGS];
static bool is_policy[CONFIGS];
static int config_count;

static struct flow *stream_of(uintptr_t host)
{
	struct flow *s = (struct flow *)host;
	if (s < streams || s >= streams + STREAMS || !s->module) {
		fprintf(stderr, "a callback for no stream\n");
		abort();
	}
	return s;
}

static bytes copied(const char *text, size_t length)
{
	char *copy = malloc(length + 1);
	memcpy(copy, text, length);
	return (bytes){copy, length};
}

static void clear_lines(struct side *side)
{
	for (size_t i = 0; i < side->count; i++) {
		free((char *)side->lines[i].name.ptr);
		free((char *)side->lines[i].value.ptr);
	}
	side->count = 0;
}

static void add_line(struct side *side, bytes name, bytes value)
{
	if (side->count < LINES)
		side->lines[side->count++] =
			(struct header){copied(name.ptr, name.length), copied(value.ptr, value.length)};
}

static void add_text(struct side *side, const char *name, const char *value)
{
	add_line(side, (bytes){name, strlen(name)}, (bytes){value, strlen(value)});
}

static void remove_lines(struct side *side, bytes name)
{
	size_t kept = 0;
	for (size_t i = 0; i < side->count; i++) {
		struct header *h = &side->lines[i];
		if (h->name.length == name.length && memcmp(h->name.ptr, name.ptr, name.length) == 0) {
			free((char *)h->name.ptr);
			free((char *)h->value.ptr);
		} else {
			side->lines[kept++] = *h;
		}
	}
	side->count = kept;
}

static void clear_body(struct side *side, int which)
{
	free(side->body[which]);
	side->body[which] = NULL;
	side->length[which] = 0;
}

static void append(struct side *side, int which, const char *data, size_t length)
{
	char *whole = malloc(side->length[which] + length + 1);
	memcpy(whole, side->body[which] ? side->body[which] : "", side->length[which]);
	memcpy(whole + side->length[which], data, length);
	free(side->body[which]);
	side->body[which] = whole;
	side->length[which] += length;
}

static void forward(struct flow *s, int reply)
{
	if (s->denies[reply])
		wrong("a %s that is denied goes on", reply ? "reply" : "request");
	if (s->replied || s->complete)
		wrong("a %s goes on after the end", reply ? "reply" : "request");
	s->sides[reply].forwarded = true;
	s->sides[reply].waits = false;
}

static void complete(struct flow *s)
{
	if (s->complete)
		return;
	on_complete((uintptr_t)s, s->module);
	s->complete = true;
}

static void destroy(struct flow *s)
{
	complete(s);
	uintptr_t module = s->module;
	s->module = 0;
	filter_destroy(module);
	for (int reply = 0; reply < 2; reply++) {
		clear_lines(&s->sides[reply]);
		clear_body(&s->sides[reply], 0);
		clear_body(&s->sides[reply], 1);
	}
}

// What Envoy may do before a callback that replies or continues returns.
static void nested(struct flow *s)
{
	switch (next() % 4) {
	case 1: complete(s); break;
	case 2:
		if (!s->in_request)
			destroy(s);
	}
}

// --- Hooks.

// What requests of the trial filter ask for, and whether the request or the reply must not go on then.
static const struct {
	const char *word;
	bool denies[2];
} words[] = {
	{"", {0, 0}},
	{"deny", {1, 1}},
	{"panic", {1, 1}},
	{"nothing", {1, 1}},
	{"frame", {1, 1}},
	{"wait 1ms", {0, 0}},
	{"wait-deny", {1, 1}},
	{"wait-panic", {1, 1}},
	{"pin", {0, 0}},
	{"abandon", {1, 1}},
	{"path /x", {0, 0}},
	{"response-deny", {0, 1}},
	{"response-wait 1ms", {0, 0}},
	{"response-wait-deny", {0, 1}},
	{"response-pin", {0, 0}},
	{"response-abandon", {0, 1}},
	{"response-panic", {0, 1}},
	{"piece-wait", {0, 0}},
	{"response-piece-wait", {0, 0}},
};

static void fill_request(struct flow *s, bool policy)
{
	static const char *const paths[] = {"/public/a", "/private", "/public/../private", "/replace", NULL};
	struct side *side = &s->sides[0];
	const char *path = paths[next() % 5];
	const char *grpc = next() % 4 == 3 ? "application/grpc" : "text/plain";
	add_text(side, ":method", next() % 8 == 7 ? "CONNECT" : "GET");
	add_text(side, ":authority", "a");
	add_text(side, "content-type", grpc);
	add_text(side, "x-a", "0");
	if (path)
		add_text(side, ":path", path);
	if (policy) {
		s->denies[0] = !path || (strcmp(path, "/public/a") != 0 && strcmp(path, "/replace") != 0);
		return;
	}
	unsigned n = next() % (sizeof words / sizeof *words);
	add_text(side, "x-do", words[n].word);
	s->denies[0] = words[n].denies[0];
	s->denies[1] = words[n].denies[1];
}

static void headers(struct flow *s, int reply)
{
	struct side *side = &s->sides[reply];
	side->begun = true;
	side->ended = next() % 3 == 0;
	s->in_request = !reply;
	int status = on_headers[reply]((uintptr_t)s, s->module, side->ended);
	s->in_request = false;
	if (!s->module || s->replied || s->complete)
		return;
	if (status == PASS)
		forward(s, reply);
	else
		side->waits = status == PAUSE;
}

static void body(struct flow *s, int reply)
{
	struct side *side = &s->sides[reply];
	char piece[PIECE];
	memset(piece, 'a', sizeof piece);
	append(side, 0, piece, next() % PIECE);
	side->ended = next() % 3 == 0;
	side->open = true;
	s->in_request = !reply;
	int status = on_body[reply]((uintptr_t)s, s->module, side->ended);
	s->in_request = false;
	if (!s->module)
		return;
	side->open = false;
	if (s->replied || s->complete)
		return;
	if (status == PASS) {
		forward(s, reply);
		clear_body(side, 1);
	} else if (status == STOP || status == 2) {
		append(side, 1, side->body[0], side->length[0]);
		// It is up to the filter to go on.
		side->waits = true;
	}
	clear_body(side, 0);
}

static void trailers(struct flow *s, int reply)
{
	struct side *side = &s->sides[reply];
	side->ended = true;
	s->in_request = !reply;
	int status = on_trailers[reply]((uintptr_t)s, s->module);
	s->in_request = false;
	if (s->module && !s->replied && !s->complete && status == PASS)
		forward(s, reply);
}

static void create(struct flow *s)
{
	memset(s, 0, sizeof *s);
	int n = next() % config_count;
	s->module = filter_new(configs[n], (uintptr_t)s);
	if (!s->module) {
		wrong("no filter is made");
		return;
	}
	fill_request(s, is_policy[n]);
	add_text(&s->sides[1], ":status", "200");
	// A reply of another filter before ours comes without the hooks of the request.
	if (next() % 8 == 7) {
		s->denies[0] = s->denies[1] = false;
		headers(s, 1);
	}
}

// Of a side that waits, Envoy holds back the rest.
static void proceed(struct flow *s, int reply)
{
	struct side *side = &s->sides[reply];
	if (!side->begun)
		headers(s, reply);
	else if (side->ended || (side->waits && next() % 2))
		return;
	else if (side->waits && side->length[1] == 0)
		return;
	else if (next() % 4 == 3)
		trailers(s, reply);
	else
		body(s, reply);
}

static void step(void)
{
	struct flow *s = &streams[next() % STREAMS];
	if (!s->module) {
		create(s);
		return;
	}
	switch (next() % 8) {
	case 0: destroy(s); return;
	case 1: usleep(500); /* fallthrough */
	case 2:
		if (s->scheduler && atomic_exchange(&s->scheduler->commits, 0) > 0)
			on_scheduled((uintptr_t)s, s->module, 0);
		return;
	case 3: complete(s); return;
	}
	if (s->replied || s->complete)
		return;
	int reply = s->sides[0].forwarded || s->sides[1].begun ? next() % 2 : 0;
	proceed(s, reply);
}

static void play(void)
{
	while (more())
		step();
	for (int i = 0; i < STREAMS; i++)
		if (streams[i].module)
			destroy(&streams[i]);
	for (int tenths = 0; atomic_load(&schedulers) > 0 && tenths < 100; tenths++)
		usleep(100000);
	if (atomic_load(&schedulers) != 0)
		wrong("%d schedulers are not deleted", atomic_load(&schedulers));
}

// --- Callbacks.

#define DEFINE(name) envoy_dynamic_module_callback_##name

void DEFINE(log)(enum level level, bytes message) { (void)level, (void)message; }
bool DEFINE(log_enabled)(enum level level) { return level >= CRITICAL; }
bool DEFINE(is_validation_mode)(void) { return false; }

#define DEFINER(kind) \
	enum metrics_result DEFINE(http_filter_config_define_##kind)(uintptr_t config, bytes name, \
	                                                             const bytes *labels, size_t count, size_t *id) \
	{ \
		(void)config, (void)labels, (void)count; \
		static size_t last; \
		if (name.length == 0) \
			wrong("a metric without a name"); \
		*id = ++last; \
		return METRICS_SUCCESS; \
	}
DEFINER(counter)
DEFINER(gauge)
DEFINER(histogram)

enum metrics_result DEFINE(http_filter_increment_counter)(uintptr_t host, size_t id, const bytes *labels, size_t count,
                                                          uint64_t by)
{
	stream_of(host);
	(void)labels, (void)count;
	if (id == 0 || by == 0)
		wrong("counter %zu is incremented by %llu", id, (unsigned long long)by);
	return METRICS_SUCCESS;
}

enum metrics_result DEFINE(http_filter_set_gauge)(uintptr_t host, size_t id, const bytes *labels, size_t count,
                                                  uint64_t value)
{
	stream_of(host);
	(void)id, (void)labels, (void)count, (void)value;
	return METRICS_SUCCESS;
}

enum metrics_result DEFINE(http_filter_record_histogram_value)(uintptr_t host, size_t id, const bytes *labels,
                                                               size_t count, uint64_t value)
{
	stream_of(host);
	(void)labels, (void)count;
	if (id == 0)
		wrong("%llu is recorded in no histogram", (unsigned long long)value);
	return METRICS_SUCCESS;
}

static struct side *side_of(uintptr_t host, enum header_map map) { return &stream_of(host)->sides[map / 2]; }

// Trailers are empty.
static bool is_head(enum header_map map) { return map == REQUEST_HEADERS || map == RESPONSE_HEADERS; }

size_t DEFINE(http_get_headers_size)(uintptr_t host, enum header_map map)
{
	return is_head(map) ? side_of(host, map)->count : 0;
}

bool DEFINE(http_get_headers)(uintptr_t host, enum header_map map, struct header *into)
{
	if (is_head(map))
		memcpy(into, side_of(host, map)->lines, side_of(host, map)->count * sizeof *into);
	return true;
}

bool DEFINE(http_add_header)(uintptr_t host, enum header_map map, bytes name, bytes value)
{
	if (is_head(map))
		add_line(side_of(host, map), name, value);
	return true;
}

bool DEFINE(http_set_header)(uintptr_t host, enum header_map map, bytes name, bytes value)
{
	if (!is_head(map))
		return true;
	remove_lines(side_of(host, map), name);
	if (value.ptr)
		add_line(side_of(host, map), name, value);
	return true;
}

void DEFINE(http_send_response)(uintptr_t host, uint32_t code, struct header *list, size_t count, bytes text,
                                bytes details)
{
	struct flow *s = stream_of(host);
	if (s->replied || s->complete)
		wrong("a reply after the end");
	if (code < 200 || (text.length > 0 && !text.ptr) || memchr(details.ptr ? details.ptr : "", ' ', details.length))
		wrong("a reply with code %u and details %.*s", code, (int)details.length, details.ptr);
	for (size_t i = 0; i < count; i++)
		if (list[i].name.length == 0)
			wrong("a header without a name");
	s->replied = true;
	nested(s);
}

static void go_on(uintptr_t host, int reply)
{
	struct flow *s = stream_of(host);
	if (s->sides[reply].forwarded && !s->sides[reply].waits)
		return;
	forward(s, reply);
	nested(s);
}

void DEFINE(http_filter_continue_decoding)(uintptr_t host) { go_on(host, 0); }
void DEFINE(http_filter_continue_encoding)(uintptr_t host) { go_on(host, 1); }
void DEFINE(http_clear_route_cache)(uintptr_t host) { stream_of(host); }
uintptr_t DEFINE(get_most_specific_route_config)(uintptr_t host)
{
	stream_of(host);
	return 0;
}

static struct side *body_of(uintptr_t host, enum body_type type)
{
	struct side *side = &stream_of(host)->sides[type / 2];
	if (type % 2 == 0 && !side->open && side->length[0] > 0)
		wrong("a body is accessed outside of its hook");
	return side;
}

size_t DEFINE(http_get_body_size)(uintptr_t host, enum body_type type) { return body_of(host, type)->length[type % 2]; }
size_t DEFINE(http_get_body_chunks_size)(uintptr_t host, enum body_type type)
{
	return body_of(host, type)->length[type % 2] > 0 ? 2 : 0;
}

bool DEFINE(http_get_body_chunks)(uintptr_t host, enum body_type type, bytes *chunks)
{
	struct side *side = body_of(host, type);
	size_t length = side->length[type % 2], cut = length / 3;
	chunks[0] = (bytes){side->body[type % 2], cut};
	chunks[1] = (bytes){side->body[type % 2] + cut, length - cut};
	return true;
}

bool DEFINE(http_append_body)(uintptr_t host, enum body_type type, bytes data)
{
	append(body_of(host, type), type % 2, data.ptr, data.length);
	return true;
}

bool DEFINE(http_drain_body)(uintptr_t host, enum body_type type, size_t n)
{
	struct side *side = body_of(host, type);
	if (n != side->length[type % 2])
		wrong("%zu bytes are drained of %zu", n, side->length[type % 2]);
	clear_body(side, type % 2);
	return true;
}

bool DEFINE(http_received_buffered_request_body)(uintptr_t host) { return !stream_of(host); }
bool DEFINE(http_received_buffered_response_body)(uintptr_t host) { return !stream_of(host); }
uint64_t DEFINE(http_get_buffer_limit)(uintptr_t host) { return stream_of(host) ? 1 << 20 : 0; }
void DEFINE(http_set_buffer_limit)(uintptr_t host, uint64_t limit)
{
	stream_of(host);
	(void)limit;
}

bool DEFINE(http_filter_get_attribute_string)(uintptr_t host, enum attribute attribute, bytes *value)
{
	stream_of(host);
	static const char address[] = "127.0.0.1:80", version[] = "HTTP/1.1";
	if (attribute == ATTRIBUTE_PROTOCOL)
		*value = (bytes){version, sizeof version - 1};
	else
		*value = (bytes){address, sizeof address - 1};
	return attribute == ATTRIBUTE_PROTOCOL || attribute == ATTRIBUTE_SOURCE || attribute == ATTRIBUTE_DESTINATION;
}

bool DEFINE(http_filter_get_attribute_int)(uintptr_t host, enum attribute attribute, uint64_t *value)
{
	stream_of(host);
	*value = attribute == ATTRIBUTE_RESPONSE_CODE ? 200 : 7;
	return true;
}

bool DEFINE(http_get_filter_state_bytes)(uintptr_t host, bytes key, bytes *value)
{
	(void)key, (void)value;
	return !stream_of(host);
}

void DEFINE(http_set_dynamic_metadata_string)(uintptr_t host, bytes ns, bytes key, bytes value)
{
	stream_of(host);
	if (ns.length == 0 || key.length == 0 || value.length == 0)
		wrong("metadata lack a part");
}

uintptr_t DEFINE(http_filter_scheduler_new)(uintptr_t host)
{
	struct flow *s = stream_of(host);
	s->scheduler = calloc(1, sizeof *s->scheduler);
	atomic_fetch_add(&schedulers, 1);
	return (uintptr_t)s->scheduler;
}

void DEFINE(http_filter_scheduler_commit)(uintptr_t scheduler, uint64_t event)
{
	(void)event;
	atomic_fetch_add(&((struct scheduler *)scheduler)->commits, 1);
}

void DEFINE(http_filter_scheduler_delete)(uintptr_t scheduler)
{
	for (int i = 0; i < STREAMS; i++)
		if (streams[i].module && streams[i].scheduler == (struct scheduler *)scheduler)
			streams[i].scheduler = NULL;
	free((struct scheduler *)scheduler);
	atomic_fetch_sub(&schedulers, 1);
}

uintptr_t DEFINE(http_filter_config_scheduler_new)(uintptr_t config)
{
	(void)config;
	return (uintptr_t)calloc(1, sizeof(struct scheduler));
}
void DEFINE(http_filter_config_scheduler_commit)(uintptr_t scheduler, uint64_t event)
{
	DEFINE(http_filter_scheduler_commit)(scheduler, event);
}
void DEFINE(http_filter_config_scheduler_delete)(uintptr_t scheduler) { free((struct scheduler *)scheduler); }

// --- The program.

int main(int argc, char **argv)
{
	void *library = argc >= 4 ? load(argv[1]) : NULL;
	if (!library) {
		fputs("usage: httphooks LIBRARY {NAME CONFIG}...\n", stderr);
		return 2;
	}
	config_new = find(library, "http_filter_config_new");
	config_destroy = find(library, "http_filter_config_destroy");
	filter_new = find(library, "http_filter_new");
	on_headers[0] = find(library, "http_filter_request_headers");
	on_headers[1] = find(library, "http_filter_response_headers");
	on_body[0] = find(library, "http_filter_request_body");
	on_body[1] = find(library, "http_filter_response_body");
	on_trailers[0] = find(library, "http_filter_request_trailers");
	on_trailers[1] = find(library, "http_filter_response_trailers");
	on_complete = find(library, "http_filter_stream_complete");
	on_scheduled = find(library, "http_filter_scheduled");
	filter_destroy = find(library, "http_filter_destroy");
	for (int i = 2; i + 1 < argc && config_count < CONFIGS; i += 2) {
		bytes name = {argv[i], strlen(argv[i])}, json = {argv[i + 1], strlen(argv[i + 1])};
		is_policy[config_count] = strcmp(argv[i], "proxylib") == 0;
		configs[config_count] = config_new(config_count + 1, name, json);
		if (!configs[config_count++]) {
			fprintf(stderr, "the configuration %s is refused\n", argv[i + 1]);
			return 2;
		}
	}
	if (!play_all(play))
		return 2;
	for (int i = 0; i < config_count; i++)
		config_destroy(configs[i]);
	return 0;
}
