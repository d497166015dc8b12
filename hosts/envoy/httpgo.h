// The part of Envoy's dynamic module interface that filters of package httpfilter use beside what http.h has, and what
// the C part and the Go part of them share.

#ifndef PROXYLIB_ENVOY_HTTPGO_H
#define PROXYLIB_ENVOY_HTTPGO_H

#include "http.h"

enum callout_start { CALLOUT_STARTED = 0 };
enum metric_kind { METRIC_COUNTER, METRIC_GAUGE, METRIC_HISTOGRAM };

#define CALLBACK(name) __attribute__((weak)) envoy_dynamic_module_callback_##name

// The thread of the stream.
extern size_t CALLBACK(http_get_body_chunks_size)(uintptr_t filter, enum body_type type);
extern bool CALLBACK(http_get_body_chunks)(uintptr_t filter, enum body_type type, bytes *chunks);
extern bool CALLBACK(http_append_body)(uintptr_t filter, enum body_type type, bytes data);
extern bool CALLBACK(http_drain_body)(uintptr_t filter, enum body_type type, size_t n);
extern void CALLBACK(http_filter_continue_decoding)(uintptr_t filter);
extern void CALLBACK(http_filter_continue_encoding)(uintptr_t filter);
extern void CALLBACK(http_clear_route_cache)(uintptr_t filter);
extern uintptr_t CALLBACK(get_most_specific_route_config)(uintptr_t filter);
extern uintptr_t CALLBACK(http_filter_scheduler_new)(uintptr_t filter);
extern int CALLBACK(http_filter_http_callout)(uintptr_t filter, uint64_t *id, bytes cluster, struct header *headers,
                                              size_t count, bytes body, uint64_t timeout_ms);
extern enum metrics_result CALLBACK(http_filter_set_gauge)(uintptr_t filter, size_t id, const bytes *labels,
                                                           size_t count, uint64_t value);
extern enum metrics_result CALLBACK(http_filter_record_histogram_value)(uintptr_t filter, size_t id,
                                                                        const bytes *labels, size_t count,
                                                                        uint64_t value);

// Since 1.38.
extern bool CALLBACK(http_received_buffered_request_body)(uintptr_t filter);
extern bool CALLBACK(http_received_buffered_response_body)(uintptr_t filter);
extern uintptr_t CALLBACK(http_get_active_span)(uintptr_t filter); // 0: there is no tracing
extern void CALLBACK(http_span_set_tag)(uintptr_t span, bytes key, bytes value);
extern uintptr_t CALLBACK(http_span_spawn_child)(uintptr_t filter, uintptr_t span, bytes name);
extern void CALLBACK(http_child_span_finish)(uintptr_t child);
extern uint64_t CALLBACK(http_get_buffer_limit)(uintptr_t filter);
extern void CALLBACK(http_set_buffer_limit)(uintptr_t filter, uint64_t limit);

// Any thread, until the scheduler is deleted.
extern void CALLBACK(http_filter_scheduler_commit)(uintptr_t scheduler, uint64_t event);
extern void CALLBACK(http_filter_scheduler_delete)(uintptr_t scheduler);
extern void CALLBACK(http_filter_config_scheduler_commit)(uintptr_t scheduler, uint64_t event);
extern void CALLBACK(http_filter_config_scheduler_delete)(uintptr_t scheduler);

// Main thread.
extern uintptr_t CALLBACK(http_filter_config_scheduler_new)(uintptr_t config);

// Main thread, while the configuration is made. A secret without a source is static; the number 0 is a failure.
extern enum metrics_result CALLBACK(http_filter_config_define_gauge)(uintptr_t config, bytes name, const bytes *labels,
                                                                     size_t count, size_t *id);
extern enum metrics_result CALLBACK(http_filter_config_define_histogram)(uintptr_t config, bytes name,
                                                                         const bytes *labels, size_t count, size_t *id);
// Since 1.40.
extern size_t CALLBACK(http_filter_config_generic_secret_subscribe)(uintptr_t config, bytes name, bytes source);
extern bool CALLBACK(http_filter_config_get_generic_secret)(uintptr_t config, size_t id, bytes *value);
extern bool CALLBACK(http_filter_get_generic_secret)(uintptr_t filter, size_t id, bytes *value);

// Main thread. Since 1.38.
extern int CALLBACK(http_filter_config_http_callout)(uintptr_t config, uint64_t *id, bytes cluster,
                                                     struct header *headers, size_t count, bytes body,
                                                     uint64_t timeout_ms);
// Since 1.39.
extern enum metrics_result CALLBACK(http_filter_config_increment_counter)(uintptr_t config, size_t id,
                                                                          const bytes *labels, size_t count,
                                                                          uint64_t by);
extern enum metrics_result CALLBACK(http_filter_config_set_gauge)(uintptr_t config, size_t id, const bytes *labels,
                                                                  size_t count, uint64_t value);
extern enum metrics_result CALLBACK(http_filter_config_record_histogram_value)(uintptr_t config, size_t id,
                                                                               const bytes *labels, size_t count,
                                                                               uint64_t value);

#undef CALLBACK

// A stream of such a filter. It begins as struct stream does.
struct go_stream {
	struct http_config *config;
	uint64_t handle; // of the Go half; 0 before the first hook, and after the end
	bool refused; // Go has replied in place of a message
};

// What is to be done after scheduled work, as httplink.Next has it.
enum next { NEXT_CONTINUE_REQUEST = 1, NEXT_CONTINUE_REPLY = 2, NEXT_AGAIN = 4 };

enum line_op { LINE_SET = 0, LINE_ADD = 1, LINE_REMOVE = 2 };

// A line of a header, or a change of one. Its texts follow each other in a text beside the list of lines.
struct line {
	size_t name, value; // lengths
	enum line_op op;
};

// Texts one after the other, by their lengths.
struct texts {
	const char *text;
	const size_t *lengths;
	size_t count;
};

struct body_size {
	size_t held, received;
};

#define MAX_LABELS 16

// The hooks of such filters.
uintptr_t proxylib_envoy_go_config_new(uintptr_t host, bytes name, bytes config);
int proxylib_envoy_go_headers(uintptr_t host, struct go_stream *s, enum header_map map, bool end);
int proxylib_envoy_go_body(uintptr_t host, struct go_stream *s, bool reply, bool end);
int proxylib_envoy_go_trailers(uintptr_t host, struct go_stream *s, bool reply);
void proxylib_envoy_go_complete(uintptr_t host, struct go_stream *s);
void proxylib_envoy_go_scheduled(uintptr_t host, struct go_stream *s);

// What Go calls, on the thread of a stream. Those that end or continue something may call hooks before they return, as
// may a callout.
void proxylib_envoy_go_facts(uintptr_t host, struct http_work *w, bytes *route);
uint64_t proxylib_envoy_go_route_config(uintptr_t host);
void proxylib_envoy_go_edit(uintptr_t host, enum header_map map, const struct line *lines, size_t count,
                            const char *text);
struct body_size proxylib_envoy_go_body_size(uintptr_t host, bool reply);
// Copies what is held and what has been received, of these sizes, one after the other. False: there is no memory.
bool proxylib_envoy_go_read_body(uintptr_t host, bool reply, struct body_size size, char *into);
void proxylib_envoy_go_set_body(uintptr_t host, bool reply, const char *data, size_t length);
void proxylib_envoy_go_allow_buffer(uintptr_t host, uint64_t limit);
void proxylib_envoy_go_reply(uintptr_t host, uint32_t status, const struct line *lines, size_t count, const char *text,
                             size_t body, size_t details);
void proxylib_envoy_go_clear_route(uintptr_t host);
void proxylib_envoy_go_metadata(uintptr_t host, const char *text, size_t ns, size_t key, size_t value);
void proxylib_envoy_go_tag(uintptr_t host, const char *text, size_t key, size_t value);

// A span below that of the request, 0 without tracing. It is to be ended, on the thread of the stream.
uintptr_t proxylib_envoy_go_start_span(uintptr_t host, const char *name, size_t length);
void proxylib_envoy_go_end_span(uintptr_t child);

uintptr_t proxylib_envoy_go_scheduler(uintptr_t host);
// In these, config says that the host is that of a configuration, on the main thread. A callout returns what Envoy
// does, or -1 if it cannot.
int proxylib_envoy_go_callout(uintptr_t host, bool config, uint64_t *id, const struct line *lines, size_t count,
                              const char *text, size_t cluster, size_t body, uint64_t timeout_ms);
void proxylib_envoy_go_record(uintptr_t host, bool config, enum metric_kind kind, size_t id, const char *text,
                              const size_t *lengths, size_t count, uint64_t value);
bool proxylib_envoy_go_secret(uintptr_t host, bool config, size_t id, bytes *value);

// What Go calls for a configuration.
bool proxylib_envoy_go_define(uintptr_t config, enum metric_kind kind, const char *text, const size_t *lengths,
                              size_t count, size_t *id);
bool proxylib_envoy_go_config_records(void);
// 0: it failed. The other returns whether this Envoy has secrets for filters.
size_t proxylib_envoy_go_subscribe(uintptr_t config, const char *text, size_t name, size_t source);
bool proxylib_envoy_go_has_secrets(void);
uintptr_t proxylib_envoy_go_config_scheduler(uintptr_t config);

// Any thread.
void proxylib_envoy_go_commit(uintptr_t scheduler, bool config);
void proxylib_envoy_go_scheduler_delete(uintptr_t scheduler, bool config);

#endif
