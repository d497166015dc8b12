// The health of the library in Envoy's stats, by way of the configuration of a network or an HTTP filter.

#include "http.h"

#include <stdio.h>
#include <string.h>

#include "_cgo_export.h"

#define HOST(name) envoy_dynamic_module_callback_##name

// The comments in these tables are the reference in docs/reference-metrics.md.

static const char *const gauge_names[GAUGES] = {
	// policy servers and files that are in use; equal filters share one
	[GAUGE_POLICY_SOURCES] = "proxylib_policy_sources",
	// those of them that are connected; a file is while it can be read
	[GAUGE_POLICY_SOURCES_CONNECTED] = "proxylib_policy_sources_connected",
	// parts of the policies in force that have no effect, or not the one that they seem to have, such as rules
	// for a parser that is not there; the log names it
	[GAUGE_POLICY_WARNINGS] = "proxylib_policy_warnings",
	// resources that are not in force as their policy server or file gave them last; the log says which and why
	[GAUGE_POLICY_RESOURCES_REFUSED] = "proxylib_policy_resources_refused",
	// when an update of a policy was put in force last, in seconds since 1970: of the source that has waited
	// longest, 0 if it never had one
	[GAUGE_POLICY_LAST_UPDATE] = "proxylib_policy_last_update",
	// connections that have a parser
	[GAUGE_OPEN_CONNECTIONS] = "proxylib_open_connections",
	// memory, in bytes, of what they hold for a verdict; up to 128 bytes a direction are not counted
	[GAUGE_HELD_BYTES] = "proxylib_held_bytes",
};

static const char *const total_names[TOTALS] = {
	// updates of policies that were accepted
	[TOTAL_POLICY_UPDATES] = "proxylib_policy_updates",
	// updates of policies of which anything was refused
	[TOTAL_POLICY_UPDATES_REFUSED] = "proxylib_policy_updates_refused",
	// entries of the access log; one that two sinks have lost counts twice
	[TOTAL_LOG_ENTRIES_LOST] = "proxylib_log_entries_lost",
	// panics of parsers, each of which closed its connection, and of the library itself
	[TOTAL_PANICS] = "proxylib_panics",
	// in mode observe, connections that pass without being observed, or without being observed any further
	[TOTAL_UNOBSERVED] = "proxylib_unobserved",
	// connections refused because of limits.connections
	[TOTAL_CONNECTIONS_REFUSED] = "proxylib_limit_connections",
	// connections closed because of limits.total_held_bytes
	[TOTAL_HELD_BYTES_REFUSED] = "proxylib_limit_total_held_bytes",
	// files of parsers that were replaced, and put in force for new connections
	[TOTAL_PARSERS_REPLACED] = "proxylib_parsers_replaced",
	// changed files of parsers that were refused; the version before goes on
	[TOTAL_PARSERS_REFUSED] = "proxylib_parsers_refused",
};

static bool define_counter(const struct reporter *r, bytes name, size_t *id)
{
	if (r->http)
		return HOST(http_filter_config_define_counter)(r->host, name, NULL, 0, id) == METRICS_SUCCESS;
	return HOST(network_filter_config_define_counter)(r->host, name, id) == METRICS_SUCCESS;
}

static bool define_gauge(const struct reporter *r, bytes name, size_t *id)
{
	if (r->http)
		return HOST(http_filter_config_define_gauge)(r->host, name, NULL, 0, id) == METRICS_SUCCESS;
	return HOST(network_filter_config_define_gauge)(r->host, name, id) == METRICS_SUCCESS;
}

#define MAX_NAME 256

bool proxylib_envoy_define_health(struct reporter *r, bytes build)
{
	char name[MAX_NAME];
	int length = snprintf(name, sizeof name, "proxylib_build.%.*s", (int)build.length, build.ptr);
	if (length <= 0 || length >= MAX_NAME || !define_gauge(r, (bytes){name, (size_t)length}, &r->build_gauge))
		return false;
	for (int i = 0; i < GAUGES; i++)
		if (!define_gauge(r, (bytes){gauge_names[i], strlen(gauge_names[i])}, &r->gauges[i]))
			return false;
	for (int i = 0; i < TOTALS; i++)
		if (!define_counter(r, (bytes){total_names[i], strlen(total_names[i])}, &r->totals[i]))
			return false;
	return true;
}

// Before 1.39, stats can be set only by a connection or a stream.
bool proxylib_envoy_reports_any_time(const struct reporter *r)
{
	if (r->http)
		return HOST(http_filter_config_set_gauge) && HOST(http_filter_config_increment_counter);
	return HOST(network_filter_config_set_gauge) && HOST(network_filter_config_increment_counter);
}

static void set_gauge(const struct reporter *r, size_t id, uint64_t value)
{
	if (r->http)
		HOST(http_filter_config_set_gauge)(r->host, id, NULL, 0, value);
	else
		HOST(network_filter_config_set_gauge)(r->host, id, value);
}

static void increment(const struct reporter *r, size_t id, uint64_t by)
{
	if (r->http)
		HOST(http_filter_config_increment_counter)(r->host, id, NULL, 0, by);
	else
		HOST(network_filter_config_increment_counter)(r->host, id, by);
}

void proxylib_envoy_report_health(struct reporter *r, const struct health *health)
{
	set_gauge(r, r->build_gauge, 1);
	for (int i = 0; i < GAUGES; i++)
		set_gauge(r, r->gauges[i], health->gauge[i]);
	for (int i = 0; i < TOTALS; i++)
		if (health->grown[i] > 0)
			increment(r, r->totals[i], health->grown[i]);
}

static void set_gauge_by(uintptr_t filter, const struct reporter *r, size_t id, uint64_t value)
{
	if (r->http)
		HOST(http_filter_set_gauge)(filter, id, NULL, 0, value);
	else
		HOST(network_filter_set_gauge)(filter, id, value);
}

static void increment_by(uintptr_t filter, const struct reporter *r, size_t id, uint64_t by)
{
	if (r->http)
		HOST(http_filter_increment_counter)(filter, id, NULL, 0, by);
	else
		HOST(network_filter_increment_counter)(filter, id, by);
}

void proxylib_envoy_report_health_by(uintptr_t filter, const struct reporter *r)
{
	struct health health;
	if (proxylib_envoy_reports_any_time(r) || !proxylib_envoy_health(&health))
		return;
	set_gauge_by(filter, r, r->build_gauge, 1);
	for (int i = 0; i < GAUGES; i++)
		set_gauge_by(filter, r, r->gauges[i], health.gauge[i]);
	for (int i = 0; i < TOTALS; i++)
		if (health.grown[i] > 0)
			increment_by(filter, r, r->totals[i], health.grown[i]);
}
