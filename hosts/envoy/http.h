// The part of Envoy's dynamic module interface that the HTTP filter uses, in our own words, and what its C part and its
// Go part share. The callbacks that no comment says otherwise of are in every Envoy from 1.37.0 on.

#ifndef PROXYLIB_ENVOY_HTTP_H
#define PROXYLIB_ENVOY_HTTP_H

#include "shim.h"

// A line of a header.
struct header {
	bytes name, value;
};

enum header_map { REQUEST_HEADERS = 0, REQUEST_TRAILERS = 1, RESPONSE_HEADERS = 2, RESPONSE_TRAILERS = 3 };
enum body_type { RECEIVED_REQUEST = 0, BUFFERED_REQUEST = 1, RECEIVED_RESPONSE = 2, BUFFERED_RESPONSE = 3 };
enum headers_status { HEADERS_CONTINUE = 0, HEADERS_STOP = 1 };
enum attribute {
	ATTRIBUTE_PROTOCOL = 10,
	ATTRIBUTE_RESPONSE_CODE = 15,
	ATTRIBUTE_SOURCE = 24,
	ATTRIBUTE_DESTINATION = 26,
	ATTRIBUTE_CONNECTION_ID = 28,
	ATTRIBUTE_SERVER_NAME = 30,
	ATTRIBUTE_URI_SAN_PEER = 37,
	ATTRIBUTE_ROUTE = 61,
};

#define CALLBACK(name) __attribute__((weak)) envoy_dynamic_module_callback_##name

// Main thread, while the configuration is made. The labels are none.
extern enum metrics_result CALLBACK(http_filter_config_define_counter)(uintptr_t config, bytes name,
                                                                       const bytes *labels, size_t count, size_t *id);
extern enum metrics_result CALLBACK(http_filter_config_define_gauge)(uintptr_t config, bytes name, const bytes *labels,
                                                                     size_t count, size_t *id);
extern enum metrics_result CALLBACK(http_filter_config_define_histogram)(uintptr_t config, bytes name,
                                                                         const bytes *labels, size_t count, size_t *id);

// Any thread, as long as the configuration is there. Since 1.39.
extern enum metrics_result CALLBACK(http_filter_config_increment_counter)(uintptr_t config, size_t id,
                                                                          const bytes *labels, size_t count,
                                                                          uint64_t by);
extern enum metrics_result CALLBACK(http_filter_config_set_gauge)(uintptr_t config, size_t id, const bytes *labels,
                                                                  size_t count, uint64_t value);

// All others: the thread of the stream.
extern enum metrics_result CALLBACK(http_filter_set_gauge)(uintptr_t filter, size_t id, const bytes *labels,
                                                           size_t count, uint64_t value);
extern enum metrics_result CALLBACK(http_filter_record_histogram_value)(uintptr_t filter, size_t id,
                                                                        const bytes *labels, size_t count,
                                                                        uint64_t value);
extern enum metrics_result CALLBACK(http_filter_increment_counter)(uintptr_t filter, size_t id, const bytes *labels,
                                                                   size_t count, uint64_t by);
extern size_t CALLBACK(http_get_headers_size)(uintptr_t filter, enum header_map map);
extern bool CALLBACK(http_get_headers)(uintptr_t filter, enum header_map map, struct header *headers);
extern size_t CALLBACK(http_get_body_size)(uintptr_t filter, enum body_type type);
extern bool CALLBACK(http_add_header)(uintptr_t filter, enum header_map map, bytes name, bytes value);
extern bool CALLBACK(http_set_header)(uintptr_t filter, enum header_map map, bytes name, bytes value);
extern void CALLBACK(http_send_response)(uintptr_t filter, uint32_t code, struct header *headers, size_t count,
                                         bytes body, bytes details);
extern bool CALLBACK(http_filter_get_attribute_string)(uintptr_t filter, enum attribute attribute, bytes *value);
extern bool CALLBACK(http_filter_get_attribute_int)(uintptr_t filter, enum attribute attribute, uint64_t *value);
extern void CALLBACK(http_set_dynamic_metadata_string)(uintptr_t filter, bytes ns, bytes key, bytes value);
extern bool CALLBACK(http_get_filter_state_bytes)(uintptr_t filter, bytes key, bytes *value);

// Since 1.40.
extern bool CALLBACK(http_get_downstream_direct_remote_address)(uintptr_t filter, bytes *address);

#undef CALLBACK

enum http_counter { HTTP_PASSED, HTTP_AUDITED, HTTP_DENIED, HTTP_UNKNOWN_IDENTITY, HTTP_COUNTERS };

enum http_histogram { HTTP_LATENCY, HTTP_HISTOGRAMS };

// A filter configuration.
struct http_config {
	uint64_t handle; // of the Go half
	bool go; // it is that of a filter of package httpfilter, and has only what the next line has, too; see httpgo.h
	bool sees_request_body, sees_reply_body; // Go is to see them
	bool observe, exchanges, heads; // nothing is denied; the ends of streams are logged; the heads of replies are
	bool describes; // requests that pass have metadata, too
	struct reporter reporter;
	bytes stat_prefix, build, body; // malloced; the body is that of a denial
	enum name_source name_source;
	bytes name_key; // malloced; that of the filter state
	size_t counters[HTTP_COUNTERS], histograms[HTTP_HISTOGRAMS];
};

// A stream. It is kept as long as a hook runs for it, as Envoy may call the destroy hook from inside of another one.
struct stream {
	struct http_config *config;
	uint64_t handle; // of the Go half, which stays when the stream is used again; 0 before it has one
	bool logged; // its reply is logged
	bool asked; // the request has been decided
	unsigned holders;
	uint64_t request_bytes, reply_bytes; // of the bodies; counted if exchanges are logged
	struct stream *next; // of those that are not in use
};

// A change of the headers. Its texts follow each other in the text of the work.
struct edit {
	size_t name, value; // lengths
	bool remove;
};

// The working memory of one call.
struct http_work {
	struct header *headers;
	size_t header_count, header_capacity;
	// What is known of the connection; an absent text has length 0.
	uint64_t connection, code;
	bytes protocol, source, direct, destination, server_name, name;

	// What Go fills in: the verdict, and in the text the rule, the reason and what edits are about.
	bool allowed, audited, unknown, grpc, logged;
	uint64_t handle; // of the Go half of the stream, in and out
	struct output text;
	size_t rule, reason; // lengths
	struct edit *edits;
	size_t edit_count, edit_capacity;

	struct http_work *next;
};

// Working memory of the calling thread, NULL if there is none left, and its return.
struct http_work *proxylib_envoy_take_work(void);
void proxylib_envoy_give_work(struct http_work *w);

// Fill in the headers of a map, and what is known of the connection.
bool proxylib_envoy_gather(uintptr_t host, enum header_map map, struct http_work *w);
void proxylib_envoy_establish(uintptr_t host, struct http_work *w);

// Gives a work the capacity for n edits, and returns them; NULL: no memory.
struct edit *proxylib_envoy_grow_edits(struct http_work *w, size_t n);

#endif
