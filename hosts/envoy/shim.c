// The hooks that Envoy calls. They hold Envoy's side of a connection: gather the bytes, call Go once, and carry out the
// plan. Bytes under a standing verdict never reach Go.

#include "shim.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "_cgo_export.h"

#define HOST(name) envoy_dynamic_module_callback_##name
#define HOOK(name) envoy_dynamic_module_on_##name

// Of package guest, which this one imports. They must be called before Go is: see there.
__attribute__((weak)) void proxylib_guest_use_alt_signal_stacks(void);
__attribute__((weak)) void proxylib_guest_use_alt_signal_stacks_once(void);
__attribute__((weak)) void proxylib_guest_wake_in_time(void);

#define TEXT(literal) ((bytes){(literal), sizeof(literal) - 1})

// --- Logging.

void proxylib_envoy_log(enum level level, const char *text, size_t length)
{
	if (HOST(log))
		HOST(log)(level, (bytes){text, length});
}

bool proxylib_envoy_log_enabled(enum level level) { return HOST(log_enabled) && HOST(log_enabled)(level); }

// --- Working memory: each thread has a stack of unused blocks.

#define KEPT_CAPACITY (256 << 10)

static _Thread_local struct work *unused;

static struct work *take_work(void)
{
	struct work *w = unused;
	if (!w)
		return calloc(1, sizeof *w);
	unused = w->next;
	w->chunk_count = w->out.length = w->back.length = w->latencies.length = w->reason_length = 0;
	w->leave = w->wait = w->pause = w->needs_scheduler = w->start_tls = w->close = false;
	memset(w->count, 0, sizeof w->count);
	return w;
}

static void shrink(struct output *o)
{
	if (o->capacity <= KEPT_CAPACITY)
		return;
	free(o->ptr);
	*o = (struct output){0};
}

static void give_work(struct work *w)
{
	shrink(&w->out);
	shrink(&w->back);
	shrink(&w->latencies);
	w->next = unused;
	unused = w;
}

bool proxylib_envoy_grow(struct output *o, size_t n)
{
	free(o->ptr);
	o->ptr = malloc(n);
	o->capacity = o->ptr ? n : 0;
	o->length = 0;
	return o->ptr != NULL;
}

static void refuse(struct work *w, bytes reason)
{
	w->leave = false;
	w->out.length = w->back.length = 0;
	w->close = true;
	memcpy(w->reason, reason.ptr, reason.length);
	w->reason_length = reason.length;
}

// --- The two directions of a connection, and what Envoy offers for each.

struct side {
	size_t (*chunk_count)(uintptr_t);
	bool (*chunks)(uintptr_t, bytes *);
	bool (*drain)(uintptr_t, size_t);
	bool (*append)(uintptr_t, bytes);
	void (*forward)(uintptr_t, bytes, bool);
	void (*back)(uintptr_t, bytes, bool);
};

static const struct side sides[DIRECTIONS] = {
	[REQUEST] = {HOST(network_filter_get_read_buffer_chunks_size), HOST(network_filter_get_read_buffer_chunks),
	             HOST(network_filter_drain_read_buffer), HOST(network_filter_append_read_buffer),
	             HOST(network_filter_inject_read_data), HOST(network_filter_inject_write_data)},
	[REPLY] = {HOST(network_filter_get_write_buffer_chunks_size), HOST(network_filter_get_write_buffer_chunks),
	           HOST(network_filter_drain_write_buffer), HOST(network_filter_append_write_buffer),
	           HOST(network_filter_inject_write_data), HOST(network_filter_inject_read_data)},
};

static bool gather(uintptr_t host, const struct side *side, struct work *w)
{
	size_t n = side->chunk_count(host);
	if (n > w->chunk_capacity) {
		free(w->chunks);
		w->chunks = malloc(n * sizeof *w->chunks);
		w->chunk_capacity = w->chunks ? n : 0;
		if (!w->chunks)
			return false;
	}
	if (n > 0 && !side->chunks(host, w->chunks))
		return false;
	w->chunk_count = n;
	return true;
}

// --- What others see of a connection: counters, and metadata for the access log.

static const struct parser *parser_of(const struct connection *c) { return &c->config->parsers[c->parser]; }

static void add_up(uintptr_t host, const struct parser *parser, const struct work *w)
{
	for (int i = 0; i < COUNTERS; i++)
		if (w->count[i] > 0)
			HOST(network_filter_increment_counter)(host, parser->counters[i], w->count[i]);
	const uint64_t *latencies = (const uint64_t *)w->latencies.ptr;
	for (size_t i = 0; i < w->latencies.length / sizeof *latencies; i++)
		HOST(network_filter_record_histogram_value)(host, parser->histograms[HISTOGRAM_LATENCY],
		                                            latencies[i] / 1000);
}

static void set_text(uintptr_t host, bytes key, bytes value)
{
	HOST(network_set_dynamic_metadata_string)(host, TEXT("proxylib"), key, value);
}

static void set_number(uintptr_t host, bytes key, uint64_t value)
{
	HOST(network_set_dynamic_metadata_number)(host, TEXT("proxylib"), key, (double)value);
}

static void publish(uintptr_t host, const struct connection *c)
{
	set_text(host, TEXT("parser"), parser_of(c)->name);
	set_number(host, TEXT("passed"), c->passed);
	if (c->audited > 0)
		set_number(host, TEXT("audited"), c->audited);
	set_number(host, TEXT("denied"), c->denied);
	if (c->last)
		set_text(host, TEXT("last"), (bytes){c->last, strlen(c->last)});
	if (c->failure.length > 0)
		set_text(host, TEXT("failure"), c->failure);
}

static void set_state(uintptr_t host, bytes key, bytes value)
{
	HOST(network_set_filter_state_bytes)(host, key, value);
}

static void set_state_number(uintptr_t host, bytes key, uint64_t value)
{
	char digits[24];
	int length = snprintf(digits, sizeof digits, "%" PRIu64, value);
	set_state(host, key, (bytes){digits, (size_t)length});
}

// Leaves in the filter state what publish has in the metadata, when nothing of it changes any more: what is there
// cannot be set again. If it is there, another filter of ours has set it.
static void leave_state(uintptr_t host, const struct connection *c)
{
	bytes parser = TEXT("proxylib.parser"), before;
	if (HOST(network_get_filter_state_bytes)(host, parser, &before))
		return;
	set_state(host, parser, parser_of(c)->name);
	set_state_number(host, TEXT("proxylib.passed"), c->passed);
	if (c->audited > 0)
		set_state_number(host, TEXT("proxylib.audited"), c->audited);
	set_state_number(host, TEXT("proxylib.denied"), c->denied);
	if (c->last)
		set_state(host, TEXT("proxylib.last"), (bytes){c->last, strlen(c->last)});
	if (c->failure.length > 0)
		set_state(host, TEXT("proxylib.failure"), c->failure);
}

// While a thread of ours commits, Envoy holds the connection for it. If the connection ends meanwhile, the thread is
// the last that holds it, and Envoy calls the destroy hook from inside of the commit: what that is to do waits for the
// end of it.
static _Thread_local bool committing;
static _Thread_local struct connection *outlived;

struct connection *proxylib_envoy_commit(uintptr_t scheduler, enum task task)
{
	if (task == RESUME)
		proxylib_guest_wake_in_time();
	committing = true;
	HOST(network_filter_scheduler_commit)(scheduler, task);
	committing = false;
	struct connection *c = outlived;
	outlived = NULL;
	return c;
}

static bool can_schedule(void)
{
	return HOST(network_filter_scheduler_new) && HOST(network_filter_scheduler_commit) &&
	       HOST(network_filter_scheduler_delete);
}

static bool has_scheduler(uintptr_t host, struct connection *c)
{
	if (!c->scheduler && can_schedule())
		c->scheduler = HOST(network_filter_scheduler_new)(host);
	return c->scheduler;
}

// Schedules an update of the metadata within a second, for access logs that are written at intervals.
static void publish_later(uintptr_t host, struct connection *c)
{
	if (c->scheduled || !has_scheduler(host, c))
		return;
	c->scheduled = true;
	proxylib_envoy_schedule(c->handle, c->scheduler, PUBLISH);
}

// Notes the verdicts of a call. Metadata is written at the first denial, when the connection is closed and at its end,
// otherwise at most once a second, not for each request: writing copies all of it.
static void note(uintptr_t host, struct connection *c, struct work *w)
{
	if (w->close)
		w->count[COUNT_CLOSED] = 1;
	add_up(host, parser_of(c), w);
	c->passed += w->count[COUNT_PASSED];
	c->audited += w->count[COUNT_AUDITED];
	c->denied += w->count[COUNT_DENIED];
	const char *last = c->last;
	if (w->count[COUNT_PASSED] > 0)
		last = "allowed";
	if (w->count[COUNT_DENIED] > 0)
		last = "denied";
	if (w->close) {
		last = "closed";
		c->failure.ptr = malloc(w->reason_length);
		c->failure.length = c->failure.ptr ? w->reason_length : 0;
		if (c->failure.ptr)
			memcpy((char *)c->failure.ptr, w->reason, w->reason_length);
	}
	bool changed = last != c->last && (w->close || w->count[COUNT_DENIED] > 0);
	c->last = last;
	if (changed)
		publish(host, c);
	else if (w->count[COUNT_PASSED] > 0 || w->count[COUNT_DENIED] > 0)
		publish_later(host, c);
}

// --- Data.

// Since 1.40.
static bool can_start_tls(void) { return HOST(network_filter_start_downstream_secure_transport) && can_schedule(); }

// The first URI in the certificate of the client, as with HTTP.
static bytes certified_name(uintptr_t host)
{
	size_t n = HOST(network_filter_get_ssl_uri_sans_size)(host);
	bytes *sans = n > 0 ? malloc(n * sizeof *sans) : NULL;
	bytes name = {0};
	if (sans && HOST(network_filter_get_ssl_uri_sans)(host, sans))
		name = sans[0];
	free(sans);
	return name;
}

static bytes name_of(uintptr_t host, const struct config *config)
{
	bytes value;
	switch (config->name_source) {
	case NAME_CERTIFICATE: return certified_name(host);
	case NAME_FILTER_STATE:
		return HOST(network_get_filter_state_bytes)(host, config->name_key, &value) ? value : (bytes){0};
	default: return (bytes){0};
	}
}

static void establish(uintptr_t host, struct connection *c, struct work *w)
{
	struct facts f = {.id = HOST(network_filter_get_connection_id)(host)};
	if (!HOST(network_filter_get_remote_address)(host, &f.remote, &f.remote_port))
		f.remote = (bytes){0};
	if (!HOST(network_filter_get_local_address)(host, &f.local, &f.local_port))
		f.local = (bytes){0};
	if (!HOST(network_filter_get_requested_server_name)(host, &f.server_name))
		f.server_name = (bytes){0};
	f.name = name_of(host, c->config);
	f.can_start_tls = can_start_tls();
	c->handle = proxylib_envoy_connect(c->config->handle, &f, w);
	proxylib_envoy_report_health_by(host, &c->config->reporter);
	if (!c->handle || !w->needs_scheduler)
		return;
	if (has_scheduler(host, c))
		proxylib_envoy_may_resume(c->handle, c->scheduler);
	else
		refuse(w, TEXT("proxylib: a connection cannot be resumed"));
}

static void ask(uintptr_t host, struct connection *c, enum direction dir, bool end_stream, struct work *w)
{
	if (!gather(host, &sides[dir], w)) {
		refuse(w, TEXT("proxylib: the buffer cannot be read"));
		return;
	}
	if (!c->handle)
		establish(host, c, w);
	if (c->handle && !w->close)
		proxylib_envoy_data(c, dir == REPLY, end_stream, w);
}

// Stops reading from a client that does not read our denials, until it does. Envoy's own proxy filter applies
// back-pressure between client and upstream, but does not know of bytes that we inject.
static void hold_client(uintptr_t host, struct connection *c)
{
	if (c->paused || !HOST(network_filter_above_high_watermark) || !HOST(network_filter_above_high_watermark)(host))
		return;
	c->paused = true;
	HOST(network_filter_read_disable)(host, true);
}

// Stops reading from the client while Go holds requests that wait, as many as it may.
static void hold_requests(uintptr_t host, struct connection *c, bool wait)
{
	if (c->waiting == wait || !HOST(network_filter_read_disable))
		return;
	c->waiting = wait;
	HOST(network_filter_read_disable)(host, wait);
}

// Has TLS begin with the client when our reply has gone out: what is written goes to the socket when the event loop
// turns again, and Envoy does not say when that is, so we wait for longer than a turn takes. Until then nothing is
// read, for it would be taken for plain text.
static void start_tls_later(uintptr_t host, struct connection *c)
{
	if (!has_scheduler(host, c)) {
		HOST(network_filter_close_with_details)(host, NO_FLUSH, TEXT("proxylib: TLS cannot be scheduled"));
		return;
	}
	HOST(network_filter_read_disable)(host, true);
	proxylib_envoy_schedule(c->handle, c->scheduler, START_TLS);
}

static void start_tls(uintptr_t host, struct connection *c)
{
	if (!HOST(network_filter_start_downstream_secure_transport)(host)) {
		c->refused = true;
		HOST(network_filter_close_with_details)(
			host, NO_FLUSH, TEXT("proxylib: the listener has no transport socket starttls"));
		return;
	}
	HOST(network_filter_read_disable)(host, false);
}

static bytes output(const struct output *o) { return (bytes){o->ptr, o->length}; }

// Callbacks that send or close may end the connection and call our event hook before they return.
static enum status finish(uintptr_t host, struct connection *c, enum direction dir, struct work *w)
{
	c->refused = true;
	if (w->out.length > 0)
		sides[dir].forward(host, output(&w->out), false);
	if (w->back.length > 0 && !c->ended)
		sides[dir].back(host, output(&w->back), false);
	if (!c->ended)
		HOST(network_filter_close_with_details)(host, FLUSH_WRITE, (bytes){w->reason, w->reason_length});
	return STOP_ITERATION;
}

// Brings reading from the client in line with what is to come.
static void settle(uintptr_t host, struct connection *c, enum direction dir, const struct work *w)
{
	hold_requests(host, c, w->wait);
	if (w->start_tls)
		start_tls_later(host, c);
	if (w->back.length > 0 && dir == REQUEST)
		hold_client(host, c);
}

static bool waits(const struct work *w) { return w->wait || w->pause; }

static enum status carry_out(uintptr_t host, struct connection *c, enum direction dir, size_t length, bool end_stream,
                             struct work *w)
{
	if (!w->leave && length > 0)
		sides[dir].drain(host, length);
	if (w->close)
		return finish(host, c, dir, w);
	bool end_waits = dir == REQUEST && end_stream && waits(w);
	if (!w->leave && w->out.length > 0) {
		if (end_waits)
			sides[dir].forward(host, output(&w->out), false);
		else
			sides[dir].append(host, output(&w->out));
	}
	bool end_follows = dir == REPLY && c->end_waits && !waits(w);
	c->end_waits = (c->end_waits || end_waits) && !end_follows;
	if ((w->back.length > 0 || end_follows) && !c->ended)
		sides[dir].back(host, output(&w->back), end_follows);
	if (c->ended)
		return STOP_ITERATION;
	settle(host, c, dir, w);
	return end_waits ? STOP_ITERATION : CONTINUE;
}

// Carries out what becomes of requests that have paused.
static void resume(uintptr_t host, struct connection *c)
{
	struct work *w = take_work();
	if (!w) {
		c->refused = true;
		HOST(network_filter_close_with_details)(host, NO_FLUSH, TEXT("proxylib: out of memory"));
		return;
	}
	proxylib_envoy_resume(c, w);
	note(host, c, w);
	if (w->close) {
		finish(host, c, REQUEST, w);
	} else {
		bool end_follows = c->end_waits && !waits(w);
		c->end_waits = c->end_waits && !end_follows;
		if (w->out.length > 0 || end_follows)
			sides[REQUEST].forward(host, output(&w->out), end_follows);
		if (w->back.length > 0 && !c->ended)
			sides[REQUEST].back(host, output(&w->back), false);
		if (!c->ended)
			settle(host, c, REQUEST, w);
	}
	give_work(w);
}

static enum status on_data(uintptr_t host, struct connection *c, enum direction dir, size_t length, bool end_stream)
{
	if (c->refused) {
		sides[dir].drain(host, length);
		return STOP_ITERATION;
	}
	if (length == 0 && !end_stream)
		return CONTINUE;
	if (length < c->pass[dir] && !end_stream) {
		c->pass[dir] -= length;
		c->skipped[dir] += length;
		return CONTINUE;
	}
	if (length < c->drop[dir] && !end_stream) {
		c->drop[dir] -= length;
		c->skipped[dir] += length;
		sides[dir].drain(host, length);
		return CONTINUE;
	}
	struct work *w = take_work();
	if (!w) {
		c->refused = true;
		sides[dir].drain(host, length);
		HOST(network_filter_close_with_details)(host, NO_FLUSH, TEXT("proxylib: out of memory"));
		return STOP_ITERATION;
	}
	ask(host, c, dir, end_stream, w);
	note(host, c, w);
	enum status status = carry_out(host, c, dir, length, end_stream, w);
	give_work(w);
	return status;
}

// --- The hooks.

// The only version of the interface that 1.37.0 accepts is the hash of its own header.
#define VERSION_1_37_0 "4dae397a7c9ff0238d318d57ea656ce8b3fbff595787dcd7ee2ff5b79c9fe10f"

const char *HOOK(program_init)(void)
{
	if (HOST(network_filter_start_downstream_secure_transport))
		return "v0.2.0";
	if (HOST(is_validation_mode))
		return "v0.1.0";
	return VERSION_1_37_0;
}

// The comments in these tables are the reference in docs/reference-metrics.md.
//
// Those of a filter have its stat_prefix in their names, for Envoy's tags: "proxylib.STAT_PREFIX.NAME". Where it
// detects parsers, each has a stat_prefix of its own.
static const char *const counter_names[COUNTERS] = {
	// connections that got a parser
	[COUNT_CONNECTIONS] = ".connections",
	// requests that passed
	[COUNT_PASSED] = ".passed",
	// of those that passed, the ones that did only because of audit mode
	[COUNT_AUDITED] = ".audited",
	// requests that were denied
	[COUNT_DENIED] = ".denied",
	// connections that the filter closed
	[COUNT_CLOSED] = ".closed",
	// of these, the ones where the parser refused the bytes
	[COUNT_PARSE_ERRORS] = ".parse_errors",
	// connections whose remote side has no identity
	[COUNT_UNKNOWN_IDENTITY] = ".unknown_identity",
};

static const char *const histogram_names[HISTOGRAMS] = {
	// time from the verdict on a request to the end of its reply, in microseconds, where an access log has
	// exchanges
	[HISTOGRAM_LATENCY] = ".latency_us",
};

typedef enum metrics_result define(uintptr_t config, bytes name, size_t *id);

#define MAX_NAME 256

// Defines a metric that has a text of ours in its name.
static bool define_with(define *define, uintptr_t host, const char *before, bytes text, const char *after, size_t *id)
{
	char name[MAX_NAME];
	int length = snprintf(name, sizeof name, "%s%.*s%s", before, (int)text.length, text.ptr, after);
	return length > 0 && length < MAX_NAME && define(host, (bytes){name, (size_t)length}, id) == METRICS_SUCCESS;
}

// Defines metrics of a filter.
static bool define_own(define *define, uintptr_t host, bytes stat_prefix, const char *const *names, int count,
                       size_t *ids)
{
	for (int i = 0; i < count; i++)
		if (!define_with(define, host, "proxylib.", stat_prefix, names[i], &ids[i]))
			return false;
	return true;
}

static bool define_of(uintptr_t host, struct parser *p)
{
	return define_own(HOST(network_filter_config_define_counter), host, p->stat_prefix, counter_names, COUNTERS,
	                  p->counters) &&
	       define_own(HOST(network_filter_config_define_histogram), host, p->stat_prefix, histogram_names,
	                  HISTOGRAMS, p->histograms);
}

static bool define_metrics(struct config *c)
{
	for (size_t i = 0; i < c->parser_count; i++)
		if (!define_of(c->reporter.host, &c->parsers[i]))
			return false;
	return proxylib_envoy_define_health(&c->reporter, c->build);
}

void HOOK(network_filter_config_destroy)(uintptr_t module)
{
	struct config *config = (struct config *)module;
	proxylib_envoy_config_close(config->handle);
	for (size_t i = 0; i < config->parser_count; i++) {
		free((char *)config->parsers[i].name.ptr);
		free((char *)config->parsers[i].stat_prefix.ptr);
	}
	free(config->parsers);
	free((char *)config->build.ptr);
	free((char *)config->name_key.ptr);
	free(config);
}

uintptr_t HOOK(network_filter_config_new)(uintptr_t host, bytes name, bytes json)
{
	proxylib_guest_use_alt_signal_stacks();
	struct config *config = calloc(1, sizeof *config);
	if (!config)
		return 0;
	config->reporter.host = host;
	bool validating = HOST(is_validation_mode) && HOST(is_validation_mode)();
	config->handle = proxylib_envoy_config_open(name, json, validating, config);
	if (!config->handle) {
		free(config);
		return 0;
	}
	if (!define_metrics(config)) {
		bytes text = TEXT("proxylib: a metric cannot be defined");
		proxylib_envoy_log(ERROR, text.ptr, text.length);
		HOOK(network_filter_config_destroy)((uintptr_t)config);
		return 0;
	}
	if (!validating && proxylib_envoy_reports_any_time(&config->reporter))
		proxylib_envoy_watch_health(config->handle, &config->reporter);
	return (uintptr_t)config;
}

uintptr_t HOOK(network_filter_new)(uintptr_t config, uintptr_t host)
{
	proxylib_guest_use_alt_signal_stacks_once();
	struct connection *c = calloc(1, sizeof *c);
	if (c)
		c->config = (struct config *)config;
	return (uintptr_t)c;
}

// The parser is made at the first bytes: the server name is not known earlier.
enum status HOOK(network_filter_new_connection)(uintptr_t host, uintptr_t module) { return CONTINUE; }

enum status HOOK(network_filter_read)(uintptr_t host, uintptr_t module, size_t length, bool end_stream)
{
	return on_data(host, (struct connection *)module, REQUEST, length, end_stream);
}

enum status HOOK(network_filter_write)(uintptr_t host, uintptr_t module, size_t length, bool end_stream)
{
	return on_data(host, (struct connection *)module, REPLY, length, end_stream);
}

void HOOK(network_filter_event)(uintptr_t host, uintptr_t module, enum event event)
{
	struct connection *c = (struct connection *)module;
	if (c->ended || (event != REMOTE_CLOSE && event != LOCAL_CLOSE))
		return;
	c->ended = c->refused = true;
	publish(host, c);
	leave_state(host, c);
	proxylib_envoy_report_health_by(host, &c->config->reporter);
}

void HOOK(network_filter_scheduled)(uintptr_t host, uintptr_t module, uint64_t task)
{
	struct connection *c = (struct connection *)module;
	if (task == PUBLISH)
		c->scheduled = false;
	if (c->ended)
		return;
	if (task == START_TLS) {
		start_tls(host, c);
	} else if (task == RESUME && !c->refused) {
		resume(host, c);
	} else if (task == PUBLISH) {
		publish(host, c);
		proxylib_envoy_report_health_by(host, &c->config->reporter);
	}
}

void HOOK(network_filter_below_write_buffer_low_watermark)(uintptr_t host, uintptr_t module)
{
	struct connection *c = (struct connection *)module;
	if (!c->paused || c->ended)
		return;
	c->paused = false;
	HOST(network_filter_read_disable)(host, false);
}

void HOOK(network_filter_destroy)(uintptr_t module)
{
	if (committing)
		outlived = (struct connection *)module;
	else
		proxylib_envoy_release((struct connection *)module);
}

void proxylib_envoy_release(struct connection *c)
{
	if (c->handle)
		proxylib_envoy_close(c->handle);
	if (c->scheduler)
		HOST(network_filter_scheduler_delete)(c->scheduler);
	free((char *)c->failure.ptr);
	free(c);
}
