// The part of Envoy's dynamic module interface that the network filter uses, in our own words.
//
// Handles of either side are plain integers here. Every callback is declared weak: the library also loads into programs
// that lack some of them, or all. Those that no comment says otherwise of are in every Envoy from 1.37.0 on, and as
// only Envoy calls the hooks, the hooks may call them unasked.

#ifndef PROXYLIB_ENVOY_ABI_H
#define PROXYLIB_ENVOY_ABI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Memory of whoever hands it over. Envoy's lives until the hook returns or the buffer changes; ours is copied.
typedef struct {
	const char *ptr;
	size_t length;
} bytes;

enum status { CONTINUE = 0, STOP_ITERATION = 1 };
enum event { REMOTE_CLOSE = 0, LOCAL_CLOSE = 1, CONNECTED = 2, CONNECTED_ZERO_RTT = 3 };
enum close_type { FLUSH_WRITE = 0, NO_FLUSH = 1 };
enum metrics_result { METRICS_SUCCESS = 0 };
enum level { TRACE = 0, DEBUG = 1, INFO = 2, WARN = 3, ERROR = 4, CRITICAL = 5, OFF = 6 };

#define CALLBACK(name) __attribute__((weak)) envoy_dynamic_module_callback_##name

// Any thread.
extern void CALLBACK(log)(enum level level, bytes message);
extern bool CALLBACK(log_enabled)(enum level level);

// Main thread. Since 1.38.
extern bool CALLBACK(is_validation_mode)(void);

// Main thread, while the configuration is made.
extern enum metrics_result CALLBACK(network_filter_config_define_counter)(uintptr_t config, bytes name, size_t *id);
extern enum metrics_result CALLBACK(network_filter_config_define_gauge)(uintptr_t config, bytes name, size_t *id);
extern enum metrics_result CALLBACK(network_filter_config_define_histogram)(uintptr_t config, bytes name, size_t *id);

// Any thread, as long as the configuration is there. Since 1.39.
extern enum metrics_result CALLBACK(network_filter_config_increment_counter)(uintptr_t config, size_t id, uint64_t by);
extern enum metrics_result CALLBACK(network_filter_config_set_gauge)(uintptr_t config, size_t id, uint64_t value);

// All others: the thread of the connection.
extern enum metrics_result CALLBACK(network_filter_increment_counter)(uintptr_t filter, size_t id, uint64_t by);
extern enum metrics_result CALLBACK(network_filter_set_gauge)(uintptr_t filter, size_t id, uint64_t value);
extern enum metrics_result CALLBACK(network_filter_record_histogram_value)(uintptr_t filter, size_t id, uint64_t value);

extern size_t CALLBACK(network_filter_get_read_buffer_chunks_size)(uintptr_t filter);
extern bool CALLBACK(network_filter_get_read_buffer_chunks)(uintptr_t filter, bytes *chunks);
extern bool CALLBACK(network_filter_drain_read_buffer)(uintptr_t filter, size_t n);
extern bool CALLBACK(network_filter_append_read_buffer)(uintptr_t filter, bytes data);
extern void CALLBACK(network_filter_inject_read_data)(uintptr_t filter, bytes data, bool end_stream);

extern size_t CALLBACK(network_filter_get_write_buffer_chunks_size)(uintptr_t filter);
extern bool CALLBACK(network_filter_get_write_buffer_chunks)(uintptr_t filter, bytes *chunks);
extern bool CALLBACK(network_filter_drain_write_buffer)(uintptr_t filter, size_t n);
extern bool CALLBACK(network_filter_append_write_buffer)(uintptr_t filter, bytes data);
extern void CALLBACK(network_filter_inject_write_data)(uintptr_t filter, bytes data, bool end_stream);

extern void CALLBACK(network_filter_close_with_details)(uintptr_t filter, enum close_type type, bytes details);

// Since 1.38.
extern bool CALLBACK(network_filter_above_high_watermark)(uintptr_t filter);
extern int CALLBACK(network_filter_read_disable)(uintptr_t filter, bool disable);

extern uint64_t CALLBACK(network_filter_get_connection_id)(uintptr_t filter);
extern bool CALLBACK(network_filter_get_remote_address)(uintptr_t filter, bytes *address, uint32_t *port);
extern bool CALLBACK(network_filter_get_local_address)(uintptr_t filter, bytes *address, uint32_t *port);
extern bool CALLBACK(network_filter_get_requested_server_name)(uintptr_t filter, bytes *name);

extern size_t CALLBACK(network_filter_get_ssl_uri_sans_size)(uintptr_t filter);
extern bool CALLBACK(network_filter_get_ssl_uri_sans)(uintptr_t filter, bytes *sans);

extern void CALLBACK(network_set_dynamic_metadata_string)(uintptr_t filter, bytes ns, bytes key, bytes value);
extern void CALLBACK(network_set_dynamic_metadata_number)(uintptr_t filter, bytes ns, bytes key, double value);

extern bool CALLBACK(network_set_filter_state_bytes)(uintptr_t filter, bytes key, bytes value);
extern bool CALLBACK(network_get_filter_state_bytes)(uintptr_t filter, bytes key, bytes *value);

extern uintptr_t CALLBACK(network_filter_scheduler_new)(uintptr_t filter);
extern void CALLBACK(network_filter_scheduler_delete)(uintptr_t scheduler);

// Any thread, until the scheduler is deleted.
extern void CALLBACK(network_filter_scheduler_commit)(uintptr_t scheduler, uint64_t event);

// Since 1.40.
extern bool CALLBACK(network_filter_start_downstream_secure_transport)(uintptr_t filter);

#undef CALLBACK
#endif
