// What the C part and the Go part of the filter share. All of it is in C memory.

#ifndef PROXYLIB_ENVOY_SHIM_H
#define PROXYLIB_ENVOY_SHIM_H

#include "abi.h"

// The directions, as indices: requests run from client to upstream, replies the other way.
enum direction { REQUEST = 0, REPLY = 1, DIRECTIONS = 2 };

enum counter {
	COUNT_CONNECTIONS,
	COUNT_PASSED,
	COUNT_AUDITED, // of those passed
	COUNT_DENIED,
	COUNT_CLOSED,
	COUNT_PARSE_ERRORS,
	COUNT_UNKNOWN_IDENTITY,
	COUNTERS
};

enum histogram { HISTOGRAM_LATENCY, HISTOGRAMS };

// Library health. Gauges are current values; totals count from the start of the process.
enum gauge {
	GAUGE_POLICY_SOURCES,
	GAUGE_POLICY_SOURCES_CONNECTED,
	GAUGE_POLICY_WARNINGS,
	GAUGE_POLICY_RESOURCES_REFUSED,
	GAUGE_POLICY_LAST_UPDATE, // seconds since 1970; 0 is never
	GAUGE_OPEN_CONNECTIONS,
	GAUGE_HELD_BYTES,
	GAUGES
};

enum total {
	TOTAL_POLICY_UPDATES,
	TOTAL_POLICY_UPDATES_REFUSED,
	TOTAL_LOG_ENTRIES_LOST,
	TOTAL_PANICS,
	TOTAL_UNOBSERVED,
	TOTAL_CONNECTIONS_REFUSED,
	TOTAL_HELD_BYTES_REFUSED,
	TOTAL_PARSERS_REPLACED,
	TOTAL_PARSERS_REFUSED,
	TOTALS
};

struct health {
	uint64_t gauge[GAUGES];
	uint64_t grown[TOTALS]; // what the totals have grown by since the last report
};

// The part of a filter configuration by which the health of the library comes into Envoy's stats.
struct reporter {
	uintptr_t host; // Envoy's name of the configuration
	bool http;      // it is that of an HTTP filter
	size_t gauges[GAUGES], totals[TOTALS];
	size_t build_gauge; // always 1: its name holds the information
};

// What the connections of one parser are counted by. The texts are malloced.
struct parser {
	bytes name, stat_prefix;
	size_t counters[COUNTERS], histograms[HISTOGRAMS];
};

// Where the name of a client comes from; see the settings.
enum name_source { NAME_NONE, NAME_CERTIFICATE, NAME_FILTER_STATE };

// A filter configuration.
struct config {
	uint64_t handle; // of the Go half
	struct reporter reporter;
	bytes build;            // malloced: version and revision, with a dot between them
	struct parser *parsers; // malloced: the one of the configuration, and those that may be detected in its place
	size_t parser_count;
	enum name_source name_source;
	bytes name_key; // malloced; that of the filter state
};

// A connection. Where pass or drop is not 0, a verdict covers bytes not yet received; C applies it as long as fewer
// bytes than that arrive, and reports them to Go as skipped.
struct connection {
	struct config *config;
	uint64_t handle; // of the Go half; 0 before the first bytes
	size_t parser;   // an index of the configuration's
	uint64_t pass[DIRECTIONS], drop[DIRECTIONS], skipped[DIRECTIONS];
	uint64_t passed, audited, denied; // requests; audited are some of those passed
	const char *last;        // verdict, a constant; NULL before the first
	bytes failure;           // malloced
	uintptr_t scheduler;     // Envoy's; 0 before the first use
	bool scheduled;          // an update of the metadata is scheduled
	bool refused;            // nothing passes from now on
	bool ended;              // Envoy has reported the end: no byte can be sent
	bool paused;             // reading from the client is disabled, as it does not read
	bool waiting;            // reading from the client is disabled, as its requests wait
	bool end_waits;          // the end of the client's stream is to follow them
};

// What is known of a connection. Addresses and names are Envoy's memory; an absent one has length 0.
struct facts {
	uint64_t id;
	bytes remote, local, server_name, name;
	uint32_t remote_port, local_port;
	bool can_start_tls;
};

// Output of Go. It grows with proxylib_envoy_grow.
struct output {
	char *ptr;
	size_t length, capacity;
};

#define MAX_REASON 256

// The working memory of one call: the input, and what C has to do. A callback may call a hook inside of another one, so
// each call takes its own.
struct work {
	bytes *chunks;
	size_t chunk_count, chunk_capacity;

	bool leave;           // the input is forwarded unchanged; otherwise out takes its place
	struct output out;
	struct output back;   // goes in the other direction
	bool wait;            // nothing is to be read from the client
	bool pause;           // requests wait, and the end of the client's stream with them
	bool needs_scheduler; // the connection may pause
	bool start_tls;       // after back has been sent, TLS begins with the client
	bool close;           // afterwards
	char reason[MAX_REASON];
	size_t reason_length;
	uint64_t count[COUNTERS];
	struct output latencies; // of exchanges that have ended: uint64_t each, in nanoseconds

	struct work *next;
};

// Gives an output the capacity for n bytes; its content is lost. False: no memory, and the output is empty.
bool proxylib_envoy_grow(struct output *o, size_t n);

// Defines the metrics of the library's health, while the configuration is made. build is version and revision.
bool proxylib_envoy_define_health(struct reporter *r, bytes build);

// Reports whether proxylib_envoy_report_health may be used.
bool proxylib_envoy_reports_any_time(const struct reporter *r);

// Reports the health of the library to Envoy, from any thread, while the configuration is open.
void proxylib_envoy_report_health(struct reporter *r, const struct health *health);

// Does so by a connection or a stream, on its thread, if a report is due and there is no other way.
void proxylib_envoy_report_health_by(uintptr_t filter, const struct reporter *r);

// What the scheduled hook of a connection is called for.
enum task { PUBLISH, START_TLS, RESUME };

// Has Envoy call the scheduled hook of a connection, on its thread. From any thread. It returns the connection if that
// has ended meanwhile, to be released by proxylib_envoy_release; else NULL.
struct connection *proxylib_envoy_commit(uintptr_t scheduler, enum task task);

// Releases a connection that has ended, and its Go half.
void proxylib_envoy_release(struct connection *c);

// Writes to Envoy's log, from any thread.
void proxylib_envoy_log(enum level level, const char *text, size_t length);
bool proxylib_envoy_log_enabled(enum level level);

#endif
