//go:build wasip1

package wasm

import "unsafe"

// What Envoy provides, by the names of the specification. Each returns a status. Texts are given by address and length; what
// Envoy returns is written to the places that are given by address, see [results].
//
// The functions that have Envoy allocate memory of ours take the addresses of package-level variables alone: the stack may
// move during such a call.

//go:wasmimport env proxy_log
//go:noescape
func proxyLog(level uint32, text unsafe.Pointer, length uint32) uint32

//go:wasmimport env proxy_get_log_level
//go:noescape
func proxyGetLogLevel(level unsafe.Pointer) uint32

//go:wasmimport env proxy_get_buffer_bytes
//go:noescape
func proxyGetBufferBytes(buffer, start, max uint32, address, length unsafe.Pointer) uint32

//go:wasmimport env proxy_set_buffer_bytes
//go:noescape
func proxySetBufferBytes(buffer, start, length uint32, data unsafe.Pointer, size uint32) uint32

//go:wasmimport env proxy_get_property
//go:noescape
func proxyGetProperty(path unsafe.Pointer, pathLength uint32, address, length unsafe.Pointer) uint32

//go:wasmimport env proxy_set_property
//go:noescape
func proxySetProperty(path unsafe.Pointer, pathLength uint32, value unsafe.Pointer, length uint32) uint32

//go:wasmimport env proxy_define_metric
//go:noescape
func proxyDefineMetric(kind uint32, name unsafe.Pointer, length uint32, id unsafe.Pointer) uint32

//go:wasmimport env proxy_increment_metric
//go:noescape
func proxyIncrementMetric(id uint32, delta int64) uint32

//go:wasmimport env proxy_record_metric
//go:noescape
func proxyRecordMetric(id uint32, value uint64) uint32

//go:wasmimport env proxy_set_tick_period_milliseconds
//go:noescape
func proxySetTickPeriod(milliseconds uint32) uint32

//go:wasmimport env proxy_set_effective_context
//go:noescape
func proxySetEffectiveContext(id uint32) uint32

//go:wasmimport env proxy_close_stream
//go:noescape
func proxyCloseStream(stream uint32) uint32

//go:wasmimport env proxy_get_shared_data
//go:noescape
func proxyGetSharedData(key unsafe.Pointer, keyLength uint32, address, length, cas unsafe.Pointer) uint32

//go:wasmimport env proxy_set_shared_data
//go:noescape
func proxySetSharedData(key unsafe.Pointer, keyLength uint32, value unsafe.Pointer, length, cas uint32) uint32

//go:wasmimport env proxy_grpc_stream
//go:noescape
func proxyGRPCStream(target unsafe.Pointer, targetLength uint32, service unsafe.Pointer, serviceLength uint32, method unsafe.Pointer,
	methodLength uint32, metadata unsafe.Pointer, metadataLength uint32, id unsafe.Pointer) uint32

//go:wasmimport env proxy_grpc_send
//go:noescape
func proxyGRPCSend(id uint32, message unsafe.Pointer, length, end uint32) uint32

//go:wasmimport env proxy_grpc_cancel
//go:noescape
func proxyGRPCCancel(id uint32) uint32

//go:wasmimport env proxy_get_status
//go:noescape
func proxyGetStatus(code, address, length unsafe.Pointer) uint32

// The values of the specification that are used.
const (
	statusOK       = 0
	statusNotFound = 1

	bufferDownstream    = 2
	bufferUpstream      = 3
	bufferGRPC          = 5
	bufferConfiguration = 7

	streamDownstream = 2

	actionContinue = 0

	metricCounter   = 0
	metricGauge     = 1
	metricHistogram = 2

	// everything is a length that no buffer exceeds, and a start that is the end of any.
	everything = 1<<32 - 1
)

// results are the places that Envoy writes to. They must not be on a stack, and are used by one call at a time.
var results struct {
	address, length, number, cas uint32
}

// addressOf returns the address of bytes, which may be none.
func addressOf(b []byte) unsafe.Pointer { return unsafe.Pointer(unsafe.SliceData(b)) }

// textAddress returns the address of a text.
func textAddress(s string) unsafe.Pointer { return unsafe.Pointer(unsafe.StringData(s)) }
