// The hooks of filters of package httpfilter, and what their Go half calls.

#include "httpgo.h"

#include <stdlib.h>
#include <string.h>

#include "_cgo_export.h"

#define HOST(name) envoy_dynamic_module_callback_##name
#define HOOK(name) envoy_dynamic_module_on_http_filter_##name

// Of package guest, which this one imports. They must be called before Go is: see there.
__attribute__((weak)) void proxylib_guest_use_alt_signal_stacks(void);
__attribute__((weak)) void proxylib_guest_wake_in_time(void);

#define TEXT(literal) ((bytes){(literal), sizeof(literal) - 1})

// --- The hooks.

// Envoy's status for each of Go's, in the order of httplink.Status.
enum { GO_REFUSE = 3, GO_STATUSES };
static const int headers_statuses[GO_STATUSES] = {0, 1, 4, 1};
static const int body_statuses[GO_STATUSES] = {0, 1, 2, 3};
static const int trailers_statuses[GO_STATUSES] = {0, 1, 1, 1};

// Without Go's help: there is no memory.
static int give_up(uintptr_t host)
{
	HOST(http_send_response)(host, 500, NULL, 0, (bytes){0}, TEXT("httpfilter_error"));
	return GO_REFUSE;
}

int proxylib_envoy_go_headers(uintptr_t host, struct go_stream *s, enum header_map map, bool end)
{
	struct http_work *w = proxylib_envoy_take_work();
	int status;
	if (w && proxylib_envoy_gather(host, map, w))
		status = proxylib_envoy_go_on_headers(host, s, map == RESPONSE_HEADERS, end, w);
	else
		status = give_up(host);
	if (w)
		proxylib_envoy_give_work(w);
	return headers_statuses[status];
}

int proxylib_envoy_go_body(uintptr_t host, struct go_stream *s, bool reply, bool end)
{
	// The Go half of a filter that sees no bodies has nothing to say of one, unless the message is refused.
	if (!(reply ? s->config->sees_reply_body : s->config->sees_request_body) && !s->refused)
		return 0;
	return body_statuses[proxylib_envoy_go_on_body(host, s, reply, end)];
}

int proxylib_envoy_go_trailers(uintptr_t host, struct go_stream *s, bool reply)
{
	struct http_work *w = proxylib_envoy_take_work();
	int status;
	if (w && proxylib_envoy_gather(host, reply ? RESPONSE_TRAILERS : REQUEST_TRAILERS, w))
		status = proxylib_envoy_go_on_trailers(host, s, reply, w);
	else
		status = give_up(host);
	if (w)
		proxylib_envoy_give_work(w);
	return trailers_statuses[status];
}

void proxylib_envoy_go_complete(uintptr_t host, struct go_stream *s)
{
	uint64_t code;
	if (!s->handle)
		return;
	if (!HOST(http_filter_get_attribute_int)(host, ATTRIBUTE_RESPONSE_CODE, &code))
		code = 0;
	uint64_t handle = s->handle;
	s->handle = 0;
	proxylib_envoy_go_on_complete(handle, code);
}

// Envoy goes on with a request after Go has returned: it may call hooks from inside of that, and take long.
void proxylib_envoy_go_scheduled(uintptr_t host, struct go_stream *s)
{
	// The stream may be gone after it goes on. Its number is not used again.
	uint64_t handle = s->handle;
	int next = handle ? proxylib_envoy_go_on_scheduled(handle) : 0;
	while (next) {
		if (next & NEXT_CONTINUE_REQUEST)
			HOST(http_filter_continue_decoding)(host);
		if (next & NEXT_CONTINUE_REPLY)
			HOST(http_filter_continue_encoding)(host);
		next = next & NEXT_AGAIN ? proxylib_envoy_go_on_scheduled(handle) : 0;
	}
}

uintptr_t proxylib_envoy_go_config_new(uintptr_t host, bytes name, bytes json)
{
	proxylib_guest_use_alt_signal_stacks();
	struct http_config *config = calloc(1, sizeof *config);
	if (!config)
		return 0;
	config->go = true;
	bool validating = HOST(is_validation_mode) && HOST(is_validation_mode)();
	config->handle = proxylib_envoy_go_open(host, name, json, validating, config);
	if (!config->handle) {
		free(config);
		return 0;
	}
	return (uintptr_t)config;
}

void HOOK(config_scheduled)(uintptr_t host, uintptr_t module, uint64_t event)
{
	struct http_config *config = (struct http_config *)module;
	if (config->go)
		proxylib_envoy_go_on_config_scheduled(config->handle);
}

void HOOK(config_http_callout_done)(uintptr_t host, uintptr_t module, uint64_t id, int result, struct header *headers,
                                    size_t count, bytes *chunks, size_t chunk_count)
{
	struct http_config *config = (struct http_config *)module;
	if (config->go)
		proxylib_envoy_go_on_callout(config->handle, true, id, result, headers, count, chunks, chunk_count);
}

uintptr_t HOOK(per_route_config_new)(bytes name, bytes config)
{
	proxylib_guest_use_alt_signal_stacks();
	return proxylib_envoy_go_open_route(name, config);
}

void HOOK(per_route_config_destroy)(uintptr_t route) { proxylib_envoy_go_close_route(route); }

// --- What Go calls for a stream.

void proxylib_envoy_go_facts(uintptr_t host, struct http_work *w, bytes *route)
{
	proxylib_envoy_establish(host, w);
	if (!HOST(http_filter_get_attribute_string)(host, ATTRIBUTE_ROUTE, route))
		*route = (bytes){0};
}

uint64_t proxylib_envoy_go_route_config(uintptr_t host) { return HOST(get_most_specific_route_config)(host); }

void proxylib_envoy_go_edit(uintptr_t host, enum header_map map, const struct line *lines, size_t count,
                            const char *text)
{
	for (size_t i = 0; i < count; i++) {
		bytes name = {text, lines[i].name}, value = {text + lines[i].name, lines[i].value};
		text += lines[i].name + lines[i].value;
		// Envoy takes an empty value for the removal.
		if (lines[i].op == LINE_REMOVE || (lines[i].op == LINE_SET && value.length == 0))
			HOST(http_set_header)(host, map, name, (bytes){0});
		else if (lines[i].op == LINE_SET)
			HOST(http_set_header)(host, map, name, value);
		if (lines[i].op == LINE_ADD || (lines[i].op == LINE_SET && value.length == 0))
			HOST(http_add_header)(host, map, name, value);
	}
}

static enum body_type received(bool reply) { return reply ? RECEIVED_RESPONSE : RECEIVED_REQUEST; }
static enum body_type buffered(bool reply) { return reply ? BUFFERED_RESPONSE : BUFFERED_REQUEST; }

// The chunks of a body, to be freed; NULL if it is empty, or if there is no memory.
static bytes *chunks_of(uintptr_t host, enum body_type type, size_t *count)
{
	*count = HOST(http_get_body_chunks_size)(host, type);
	bytes *chunks = *count > 0 ? malloc(*count * sizeof *chunks) : NULL;
	if (chunks && HOST(http_get_body_chunks)(host, type, chunks))
		return chunks;
	free(chunks);
	*count = 0;
	return NULL;
}

// After a pause at the headers, Envoy hands over what it has held: the body that was received is the one that is held.
static bool is_same(uintptr_t host, bool reply)
{
	if (reply && HOST(http_received_buffered_response_body))
		return HOST(http_received_buffered_response_body)(host);
	if (!reply && HOST(http_received_buffered_request_body))
		return HOST(http_received_buffered_request_body)(host);
	size_t held_count, received_count;
	bytes *held = chunks_of(host, buffered(reply), &held_count);
	bytes *fresh = chunks_of(host, received(reply), &received_count);
	bool same = held && fresh && held[0].ptr == fresh[0].ptr;
	free(held);
	free(fresh);
	return same;
}

struct body_size proxylib_envoy_go_body_size(uintptr_t host, bool reply)
{
	struct body_size size = {HOST(http_get_body_size)(host, buffered(reply)),
	                         HOST(http_get_body_size)(host, received(reply))};
	if (size.held > 0 && size.received > 0 && is_same(host, reply))
		size.held = 0;
	return size;
}

static bool copy(uintptr_t host, enum body_type type, size_t size, char *into)
{
	if (size == 0)
		return true;
	size_t count;
	bytes *chunks = chunks_of(host, type, &count);
	for (size_t i = 0; i < count && size > 0; i++) {
		size_t n = chunks[i].length < size ? chunks[i].length : size;
		memcpy(into, chunks[i].ptr, n);
		into += n;
		size -= n;
	}
	free(chunks);
	return size == 0;
}

bool proxylib_envoy_go_read_body(uintptr_t host, bool reply, struct body_size size, char *into)
{
	return copy(host, buffered(reply), size.held, into) &&
	       copy(host, received(reply), size.received, into + size.held);
}

void proxylib_envoy_go_allow_buffer(uintptr_t host, uint64_t limit)
{
	if (HOST(http_get_buffer_limit) && HOST(http_set_buffer_limit) && HOST(http_get_buffer_limit)(host) < limit)
		HOST(http_set_buffer_limit)(host, limit);
}

void proxylib_envoy_go_set_body(uintptr_t host, bool reply, const char *data, size_t length)
{
	struct body_size size = proxylib_envoy_go_body_size(host, reply);
	proxylib_envoy_go_allow_buffer(host, length);
	if (size.held > 0)
		HOST(http_drain_body)(host, buffered(reply), size.held);
	if (size.received > 0)
		HOST(http_drain_body)(host, received(reply), size.received);
	if (length > 0)
		HOST(http_append_body)(host, size.held > 0 ? buffered(reply) : received(reply), (bytes){data, length});
}

// Headers whose texts are in one text. They are to be freed.
static struct header *unpack(const struct line *lines, size_t count, const char **text)
{
	struct header *headers = malloc((count + 1) * sizeof *headers);
	for (size_t i = 0; headers && i < count; i++) {
		headers[i].name = (bytes){*text, lines[i].name};
		headers[i].value = (bytes){*text + lines[i].name, lines[i].value};
		*text += lines[i].name + lines[i].value;
	}
	return headers;
}

void proxylib_envoy_go_reply(uintptr_t host, uint32_t status, const struct line *lines, size_t count, const char *text,
                             size_t body, size_t details)
{
	struct header *headers = unpack(lines, count, &text);
	if (headers)
		HOST(http_send_response)(host, status, headers, count, (bytes){text, body},
		                         (bytes){text + body, details});
	else
		give_up(host);
	free(headers);
}

void proxylib_envoy_go_clear_route(uintptr_t host) { HOST(http_clear_route_cache)(host); }

void proxylib_envoy_go_metadata(uintptr_t host, const char *text, size_t ns, size_t key, size_t value)
{
	HOST(http_set_dynamic_metadata_string)(host, (bytes){text, ns}, (bytes){text + ns, key},
	                                       (bytes){text + ns + key, value});
}

void proxylib_envoy_go_tag(uintptr_t host, const char *text, size_t key, size_t value)
{
	uintptr_t span = HOST(http_get_active_span) ? HOST(http_get_active_span)(host) : 0;
	if (span)
		HOST(http_span_set_tag)(span, (bytes){text, key}, (bytes){text + key, value});
}

uintptr_t proxylib_envoy_go_start_span(uintptr_t host, const char *name, size_t length)
{
	uintptr_t span = HOST(http_get_active_span) ? HOST(http_get_active_span)(host) : 0;
	return span ? HOST(http_span_spawn_child)(host, span, (bytes){name, length}) : 0;
}

void proxylib_envoy_go_end_span(uintptr_t child) { HOST(http_child_span_finish)(child); }

uintptr_t proxylib_envoy_go_scheduler(uintptr_t host) { return HOST(http_filter_scheduler_new)(host); }

int proxylib_envoy_go_callout(uintptr_t host, bool config, uint64_t *id, const struct line *lines, size_t count,
                              const char *text, size_t cluster, size_t body, uint64_t timeout_ms)
{
	if (config && !HOST(http_filter_config_http_callout))
		return -1;
	bytes name = {text, cluster};
	text += cluster;
	struct header *headers = unpack(lines, count, &text);
	if (!headers)
		return -1;
	int result;
	if (config)
		result = HOST(http_filter_config_http_callout)(host, id, name, headers, count, (bytes){text, body},
		                                               timeout_ms);
	else
		result =
			HOST(http_filter_http_callout)(host, id, name, headers, count, (bytes){text, body}, timeout_ms);
	free(headers);
	return result;
}

static void labels_of(const char *text, const size_t *lengths, size_t count, bytes *labels)
{
	for (size_t i = 0; i < count; i++) {
		labels[i] = (bytes){text, lengths[i]};
		text += lengths[i];
	}
}

void proxylib_envoy_go_record(uintptr_t host, bool config, enum metric_kind kind, size_t id, const char *text,
                              const size_t *lengths, size_t count, uint64_t value)
{
	bytes labels[MAX_LABELS];
	if (count > MAX_LABELS)
		return;
	labels_of(text, lengths, count, labels);
	switch (kind) {
	case METRIC_COUNTER:
		(config ? HOST(http_filter_config_increment_counter)
		        : HOST(http_filter_increment_counter))(host, id, labels, count, value);
		break;
	case METRIC_GAUGE:
		(config ? HOST(http_filter_config_set_gauge) : HOST(http_filter_set_gauge))(host, id, labels, count,
		                                                                            value);
		break;
	case METRIC_HISTOGRAM:
		(config ? HOST(http_filter_config_record_histogram_value)
		        : HOST(http_filter_record_histogram_value))(host, id, labels, count, value);
		break;
	}
}

bool proxylib_envoy_go_secret(uintptr_t host, bool config, size_t id, bytes *value)
{
	return (config ? HOST(http_filter_config_get_generic_secret) : HOST(http_filter_get_generic_secret))(host, id,
	                                                                                                     value);
}

// --- What Go calls for a configuration.

bool proxylib_envoy_go_define(uintptr_t config, enum metric_kind kind, const char *text, const size_t *lengths,
                              size_t count, size_t *id)
{
	bytes texts[MAX_LABELS + 1];
	if (count == 0 || count > MAX_LABELS + 1)
		return false;
	labels_of(text, lengths, count, texts);
	enum metrics_result (*define)(uintptr_t, bytes, const bytes *, size_t, size_t *) =
		kind == METRIC_COUNTER ? HOST(http_filter_config_define_counter)
		: kind == METRIC_GAUGE ? HOST(http_filter_config_define_gauge)
		                       : HOST(http_filter_config_define_histogram);
	return define(config, texts[0], texts + 1, count - 1, id) == METRICS_SUCCESS;
}

bool proxylib_envoy_go_config_records(void) { return HOST(http_filter_config_increment_counter); }

bool proxylib_envoy_go_has_secrets(void) { return HOST(http_filter_config_generic_secret_subscribe); }

size_t proxylib_envoy_go_subscribe(uintptr_t config, const char *text, size_t name, size_t source)
{
	return HOST(http_filter_config_generic_secret_subscribe)(config, (bytes){text, name},
	                                                         (bytes){text + name, source});
}

uintptr_t proxylib_envoy_go_config_scheduler(uintptr_t config)
{
	return HOST(http_filter_config_scheduler_new)(config);
}

void proxylib_envoy_go_commit(uintptr_t scheduler, bool config)
{
	proxylib_guest_wake_in_time();
	if (config)
		HOST(http_filter_config_scheduler_commit)(scheduler, 0);
	else
		HOST(http_filter_scheduler_commit)(scheduler, 0);
}

void proxylib_envoy_go_scheduler_delete(uintptr_t scheduler, bool config)
{
	if (config)
		HOST(http_filter_config_scheduler_delete)(scheduler);
	else
		HOST(http_filter_scheduler_delete)(scheduler);
}
