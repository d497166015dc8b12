// The hooks of the HTTP filter. They gather the headers of a request, call Go once, and carry out the verdict.

#include "httpgo.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "_cgo_export.h"

#define HOST(name) envoy_dynamic_module_callback_##name
#define HOOK(name) envoy_dynamic_module_on_http_filter_##name

// Of package guest, which this one imports. They must be called before Go is: see there.
__attribute__((weak)) void proxylib_guest_use_alt_signal_stacks(void);
__attribute__((weak)) void proxylib_guest_use_alt_signal_stacks_once(void);

#define TEXT(literal) ((bytes){(literal), sizeof(literal) - 1})

// --- Working memory: each thread has a stack of unused blocks.

#define KEPT_TEXT (16 << 10)

static _Thread_local struct http_work *unused;

struct http_work *proxylib_envoy_take_work(void)
{
	struct http_work *w = unused;
	if (!w)
		return calloc(1, sizeof *w);
	unused = w->next;
	struct header *headers = w->headers;
	struct edit *edits = w->edits;
	struct output text = w->text;
	size_t header_capacity = w->header_capacity, edit_capacity = w->edit_capacity;
	*w = (struct http_work){.headers = headers, .header_capacity = header_capacity, .edits = edits, .text = text};
	w->edit_capacity = edit_capacity;
	return w;
}

void proxylib_envoy_give_work(struct http_work *w)
{
	if (w->text.capacity > KEPT_TEXT) {
		free(w->text.ptr);
		w->text = (struct output){0};
	}
	w->next = unused;
	unused = w;
}

struct edit *proxylib_envoy_grow_edits(struct http_work *w, size_t n)
{
	if (n > w->edit_capacity) {
		free(w->edits);
		w->edits = malloc(n * sizeof *w->edits);
		w->edit_capacity = w->edits ? n : 0;
	}
	return w->edits;
}

bool proxylib_envoy_gather(uintptr_t host, enum header_map map, struct http_work *w)
{
	size_t n = HOST(http_get_headers_size)(host, map);
	if (n > w->header_capacity) {
		free(w->headers);
		w->headers = malloc(n * sizeof *w->headers);
		w->header_capacity = w->headers ? n : 0;
		if (!w->headers)
			return false;
	}
	if (n > 0 && !HOST(http_get_headers)(host, map, w->headers))
		return false;
	w->header_count = n;
	return true;
}

static bytes text_of(uintptr_t host, enum attribute attribute)
{
	bytes value;
	return HOST(http_filter_get_attribute_string)(host, attribute, &value) ? value : (bytes){0};
}

static uint64_t number_of(uintptr_t host, enum attribute attribute)
{
	uint64_t value;
	return HOST(http_filter_get_attribute_int)(host, attribute, &value) ? value : 0;
}

// Since 1.39. An older Envoy complains in its log of each question for the server name.
static bool knows_server_name(void) { return HOST(network_filter_config_set_gauge); }

void proxylib_envoy_establish(uintptr_t host, struct http_work *w)
{
	w->connection = number_of(host, ATTRIBUTE_CONNECTION_ID);
	w->protocol = text_of(host, ATTRIBUTE_PROTOCOL);
	w->source = text_of(host, ATTRIBUTE_SOURCE);
	w->destination = text_of(host, ATTRIBUTE_DESTINATION);
	if (knows_server_name())
		w->server_name = text_of(host, ATTRIBUTE_SERVER_NAME);
	if (HOST(http_get_downstream_direct_remote_address) &&
	    !HOST(http_get_downstream_direct_remote_address)(host, &w->direct))
		w->direct = (bytes){0};
}

static bytes name_of(uintptr_t host, const struct http_config *config)
{
	bytes value;
	switch (config->name_source) {
	case NAME_CERTIFICATE: return text_of(host, ATTRIBUTE_URI_SAN_PEER);
	case NAME_FILTER_STATE:
		return HOST(http_get_filter_state_bytes)(host, config->name_key, &value) ? value : (bytes){0};
	default: return (bytes){0};
	}
}

// --- Streams.

// Stands for a stream that there is no memory for: it denies.
static struct stream poisoned;

// A stream of a filter of package httpfilter; else NULL.
static struct go_stream *go_stream(uintptr_t module)
{
	struct go_stream *s = (struct go_stream *)module;
	return s->config && s->config->go ? s : NULL;
}

// Each thread has a stack of streams that are not in use, with their Go halves.
#define KEPT_STREAMS 64

static _Thread_local struct stream *idle;
static _Thread_local int idle_count;

static struct stream *take_stream(void)
{
	struct stream *s = idle;
	if (!s)
		return calloc(1, sizeof *s);
	idle = s->next;
	idle_count--;
	*s = (struct stream){.handle = s->handle};
	return s;
}

static void give_stream(struct stream *s)
{
	if (idle_count < KEPT_STREAMS) {
		s->next = idle;
		idle = s;
		idle_count++;
		return;
	}
	if (s->handle)
		proxylib_envoy_http_forget(s->handle);
	free(s);
}

static struct stream *hold(uintptr_t module)
{
	struct stream *s = (struct stream *)module;
	if (s != &poisoned)
		s->holders++;
	return s;
}

static void release(struct stream *s)
{
	if (s == &poisoned || --s->holders > 0)
		return;
	if (s->logged)
		proxylib_envoy_http_end(s->handle);
	give_stream(s);
}

static void count(uintptr_t host, const struct http_config *config, enum http_counter counter)
{
	HOST(http_filter_increment_counter)(host, config->counters[counter], NULL, 0, 1);
}

static void publish(uintptr_t host, bytes key, bytes value)
{
	if (value.length > 0)
		HOST(http_set_dynamic_metadata_string)(host, TEXT("proxylib"), key, value);
}

static bytes verdict_of(const struct http_work *w)
{
	if (!w->allowed)
		return TEXT("denied");
	return w->audited ? TEXT("audited") : TEXT("allowed");
}

static void note(uintptr_t host, const struct http_config *config, const struct http_work *w)
{
	count(host, config, w->allowed ? HTTP_PASSED : HTTP_DENIED);
	if (w->audited)
		count(host, config, HTTP_AUDITED);
	if (w->unknown)
		count(host, config, HTTP_UNKNOWN_IDENTITY);
	if (w->allowed && !w->audited && !config->describes)
		return;
	publish(host, TEXT("verdict"), verdict_of(w));
	publish(host, TEXT("rule"), (bytes){w->text.ptr, w->rule});
	publish(host, TEXT("reason"), (bytes){w->text.ptr + w->rule, w->reason});
}

// Envoy replies to a client of gRPC in the form of gRPC, but with the status OK unless it gets another one.
static enum headers_status deny(uintptr_t host, bytes body, bool grpc)
{
	struct header status = {TEXT("grpc-status"), TEXT("7")};
	HOST(http_send_response)(host, 403, &status, grpc ? 1 : 0, body, TEXT("proxylib_access_denied"));
	return HEADERS_STOP;
}

static void carry_out(uintptr_t host, const struct http_work *w)
{
	const char *at = w->text.ptr + w->rule + w->reason;
	for (size_t i = 0; i < w->edit_count; i++) {
		const struct edit *e = &w->edits[i];
		bytes name = {at, e->name}, value = {at + e->name, e->value};
		at += e->name + e->value;
		if (e->remove)
			HOST(http_set_header)(host, REQUEST_HEADERS, name, (bytes){0});
		else
			HOST(http_add_header)(host, REQUEST_HEADERS, name, value);
	}
}

// Whether a client speaks gRPC is decided before anything can go wrong.
static bool speaks_grpc(const struct http_work *w)
{
	static const char grpc[] = "application/grpc", web[] = "application/grpc-web";
	for (size_t i = 0; i < w->header_count; i++) {
		const struct header *h = &w->headers[i];
		if (h->name.length != sizeof "content-type" - 1 ||
		    memcmp(h->name.ptr, "content-type", h->name.length) != 0)
			continue;
		bool is = h->value.length >= sizeof grpc - 1 && memcmp(h->value.ptr, grpc, sizeof grpc - 1) == 0;
		return is && !(h->value.length >= sizeof web - 1 && memcmp(h->value.ptr, web, sizeof web - 1) == 0);
	}
	return false;
}

static enum headers_status decide(uintptr_t host, struct stream *s, struct http_work *w)
{
	bytes body = s->config ? s->config->body : TEXT("Access denied\r\n");
	if (!s->config || !proxylib_envoy_gather(host, REQUEST_HEADERS, w))
		return s->config && s->config->observe ? HEADERS_CONTINUE : deny(host, body, false);
	w->grpc = speaks_grpc(w);
	proxylib_envoy_establish(host, w);
	w->name = name_of(host, s->config);
	w->handle = s->handle;
	proxylib_envoy_http_request(host, s->config->handle, w);
	s->handle = w->handle;
	s->logged = w->logged;
	// Also where Go has failed.
	w->allowed = w->allowed || s->config->observe;
	note(host, s->config, w);
	proxylib_envoy_report_health_by(host, &s->config->reporter);
	if (!w->allowed)
		return deny(host, body, w->grpc);
	carry_out(host, w);
	return HEADERS_CONTINUE;
}

// --- The hooks.

enum headers_status HOOK(request_headers)(uintptr_t host, uintptr_t module, bool end_stream)
{
	if (go_stream(module))
		return proxylib_envoy_go_headers(host, go_stream(module), REQUEST_HEADERS, end_stream);
	struct stream *s = hold(module);
	struct http_work *w = proxylib_envoy_take_work();
	if (s != &poisoned)
		s->asked = true;
	enum headers_status status;
	if (w) {
		status = decide(host, s, w);
		proxylib_envoy_give_work(w);
	} else {
		status = deny(host, TEXT("Access denied\r\n"), false);
	}
	release(s);
	return status;
}

enum headers_status HOOK(response_headers)(uintptr_t host, uintptr_t module, bool end_stream)
{
	if (go_stream(module))
		return proxylib_envoy_go_headers(host, go_stream(module), RESPONSE_HEADERS, end_stream);
	struct stream *s = hold(module);
	struct http_work *w = s->logged && s->config->heads ? proxylib_envoy_take_work() : NULL;
	if (w) {
		if (proxylib_envoy_gather(host, RESPONSE_HEADERS, w))
			proxylib_envoy_http_response(s->handle, w);
		proxylib_envoy_give_work(w);
	}
	release(s);
	return HEADERS_CONTINUE;
}

// A request that another filter before this one has replied to has not been decided, and is in the log all the same.
void HOOK(stream_complete)(uintptr_t host, uintptr_t module)
{
	if (go_stream(module)) {
		proxylib_envoy_go_complete(host, go_stream(module));
		return;
	}
	struct stream *s = hold(module);
	if (s->logged && s->config->exchanges) {
		s->logged = false;
		int64_t latency = proxylib_envoy_http_complete(s->handle, number_of(host, ATTRIBUTE_RESPONSE_CODE),
		                                               s->request_bytes, s->reply_bytes);
		if (latency >= 0)
			HOST(http_filter_record_histogram_value)(host, s->config->histograms[HTTP_LATENCY], NULL, 0,
			                                         (uint64_t)latency / 1000);
	}
	struct http_work *w = s->config && !s->asked ? proxylib_envoy_take_work() : NULL;
	if (w) {
		if (proxylib_envoy_gather(host, REQUEST_HEADERS, w) && w->header_count > 0) {
			proxylib_envoy_establish(host, w);
			w->name = name_of(host, s->config);
			w->code = number_of(host, ATTRIBUTE_RESPONSE_CODE);
			proxylib_envoy_http_undecided(s->config->handle, w);
		}
		proxylib_envoy_give_work(w);
	}
	release(s);
}

uintptr_t HOOK(new)(uintptr_t config, uintptr_t host)
{
	proxylib_guest_use_alt_signal_stacks_once();
	bool go = ((struct http_config *)config)->go;
	if (go) {
		struct go_stream *g = calloc(1, sizeof *g);
		if (!g)
			return (uintptr_t)&poisoned;
		g->config = (struct http_config *)config;
		return (uintptr_t)g;
	}
	struct stream *s = take_stream();
	if (!s)
		return (uintptr_t)&poisoned;
	s->config = (struct http_config *)config;
	s->holders = 1;
	return (uintptr_t)s;
}

void HOOK(destroy)(uintptr_t module)
{
	struct go_stream *s = go_stream(module);
	if (!s) {
		release((struct stream *)module);
		return;
	}
	if (s->handle)
		proxylib_envoy_go_on_gone(s->handle);
	free(s);
}

// The comments in these tables are the reference in docs/reference-metrics.md.
static const char *const counter_names[HTTP_COUNTERS] = {
	// requests that passed
	[HTTP_PASSED] = ".passed",
	// of those that passed, the ones that did only because of audit mode
	[HTTP_AUDITED] = ".audited",
	// requests that were denied
	[HTTP_DENIED] = ".denied",
	// requests whose remote side has no identity
	[HTTP_UNKNOWN_IDENTITY] = ".unknown_identity",
};

static const char *const histogram_names[HTTP_HISTOGRAMS] = {
	// time from the verdict on a request to the end of its reply, in microseconds, where an access log has
	// exchanges
	[HTTP_LATENCY] = ".latency_us",
};

#define MAX_NAME 256

typedef enum metrics_result define(uintptr_t config, bytes name, const bytes *labels, size_t count, size_t *id);

static bool define_own(define *define, struct http_config *config, const char *const *names, int count, size_t *ids)
{
	for (int i = 0; i < count; i++) {
		char name[MAX_NAME];
		int length = snprintf(name, sizeof name, "proxylib.%.*s%s", (int)config->stat_prefix.length,
		                      config->stat_prefix.ptr, names[i]);
		if (length <= 0 || length >= MAX_NAME)
			return false;
		if (define(config->reporter.host, (bytes){name, (size_t)length}, NULL, 0, &ids[i]) != METRICS_SUCCESS)
			return false;
	}
	return true;
}

static bool define_metrics(struct http_config *c)
{
	return define_own(HOST(http_filter_config_define_counter), c, counter_names, HTTP_COUNTERS, c->counters) &&
	       define_own(HOST(http_filter_config_define_histogram), c, histogram_names, HTTP_HISTOGRAMS,
	                  c->histograms) &&
	       proxylib_envoy_define_health(&c->reporter, c->build);
}

void HOOK(config_destroy)(uintptr_t module)
{
	struct http_config *config = (struct http_config *)module;
	if (config->go)
		proxylib_envoy_go_close(config->handle);
	else
		proxylib_envoy_http_close(config->handle);
	free((char *)config->stat_prefix.ptr);
	free((char *)config->build.ptr);
	free((char *)config->body.ptr);
	free((char *)config->name_key.ptr);
	free(config);
}

// The filter_name of the filter that decides by policy. Others are those of package httpfilter.
static bool is_policy(bytes name)
{
	bytes own = TEXT("proxylib");
	return name.length == own.length && memcmp(name.ptr, own.ptr, own.length) == 0;
}

uintptr_t HOOK(config_new)(uintptr_t host, bytes name, bytes json)
{
	if (!is_policy(name))
		return proxylib_envoy_go_config_new(host, name, json);
	proxylib_guest_use_alt_signal_stacks();
	struct http_config *config = calloc(1, sizeof *config);
	if (!config)
		return 0;
	bool validating = HOST(is_validation_mode) && HOST(is_validation_mode)();
	bool knows_peer = HOST(http_get_downstream_direct_remote_address);
	config->handle = proxylib_envoy_http_open(host, name, json, validating, knows_peer, config);
	if (!config->handle) {
		free(config);
		return 0;
	}
	config->reporter.host = host;
	config->reporter.http = true;
	if (!define_metrics(config)) {
		bytes text = TEXT("proxylib: a metric cannot be defined");
		proxylib_envoy_log(ERROR, text.ptr, text.length);
		HOOK(config_destroy)((uintptr_t)config);
		return 0;
	}
	if (!validating && proxylib_envoy_reports_any_time(&config->reporter))
		proxylib_envoy_watch_health(config->handle, &config->reporter);
	return (uintptr_t)config;
}

// --- The hooks that the filter which decides by policy has nothing to do in.

static struct stream *measured(uintptr_t module)
{
	struct stream *s = (struct stream *)module;
	return s->logged && s->config->exchanges ? s : NULL;
}

int HOOK(request_body)(uintptr_t host, uintptr_t module, bool end_stream)
{
	if (go_stream(module))
		return proxylib_envoy_go_body(host, go_stream(module), false, end_stream);
	if (measured(module))
		measured(module)->request_bytes += HOST(http_get_body_size)(host, RECEIVED_REQUEST);
	return 0;
}

int HOOK(request_trailers)(uintptr_t host, uintptr_t module)
{
	return go_stream(module) ? proxylib_envoy_go_trailers(host, go_stream(module), false) : 0;
}

int HOOK(response_body)(uintptr_t host, uintptr_t module, bool end_stream)
{
	if (go_stream(module))
		return proxylib_envoy_go_body(host, go_stream(module), true, end_stream);
	if (measured(module))
		measured(module)->reply_bytes += HOST(http_get_body_size)(host, RECEIVED_RESPONSE);
	return 0;
}

int HOOK(response_trailers)(uintptr_t host, uintptr_t module)
{
	return go_stream(module) ? proxylib_envoy_go_trailers(host, go_stream(module), true) : 0;
}

void HOOK(scheduled)(uintptr_t host, uintptr_t module, uint64_t event)
{
	if (go_stream(module))
		proxylib_envoy_go_scheduled(host, go_stream(module));
}

void HOOK(http_callout_done)(uintptr_t host, uintptr_t module, uint64_t id, int result, struct header *headers,
                             size_t count, bytes *chunks, size_t chunk_count)
{
	struct go_stream *s = go_stream(module);
	if (s && s->handle)
		proxylib_envoy_go_on_callout(s->handle, false, id, result, headers, count, chunks, chunk_count);
}

void HOOK(downstream_above_write_buffer_high_watermark)(uintptr_t host, uintptr_t module) {}
void HOOK(downstream_below_write_buffer_low_watermark)(uintptr_t host, uintptr_t module) {}
void HOOK(http_stream_headers)(uintptr_t host, uintptr_t module, uint64_t id, struct header *headers, size_t count,
                               bool end)
{
}
void HOOK(http_stream_data)(uintptr_t host, uintptr_t module, uint64_t id, const bytes *chunks, size_t count, bool end)
{
}
void HOOK(http_stream_trailers)(uintptr_t host, uintptr_t module, uint64_t id, struct header *headers, size_t count) {}
void HOOK(http_stream_complete)(uintptr_t host, uintptr_t module, uint64_t id) {}
void HOOK(http_stream_reset)(uintptr_t host, uintptr_t module, uint64_t id, int reason) {}
