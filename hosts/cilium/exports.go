package cilium

/*
#include <stdint.h>

typedef enum {
	PROXYLIB_FILTER_OK,
	PROXYLIB_FILTER_POLICY_DROP,
	PROXYLIB_FILTER_PARSER_ERROR,
	PROXYLIB_FILTER_UNKNOWN_PARSER,
	PROXYLIB_FILTER_UNKNOWN_CONNECTION,
	PROXYLIB_FILTER_INVALID_ADDRESS,
	PROXYLIB_FILTER_INVALID_INSTANCE,
	PROXYLIB_FILTER_UNKNOWN_ERROR
} FilterResult;
*/
import "C"

import (
	"os"
	"unsafe"

	"github.com/proxylib/proxylib/hosts/internal/guest"
	"github.com/proxylib/proxylib/proxylib/host"
)

// library serves the process: the C functions have no argument that could carry it.
var library = newModule(os.Stderr)

// OpenModule opens an instance for pairs of key and value and returns its number; 0 means that they were refused.
//
//export OpenModule
func OpenModule(params [][2]string, debug bool) (id uint64) {
	defer func() {
		if cause := recover(); cause != nil {
			library.panicked("OpenModule", cause)
			id = 0
		}
	}()
	guest.UseAltSignalStacks()
	guest.Setup(os.Getenv)
	return library.open(params, debug)
}

// CloseModule ends one OpenModule.
//
//export CloseModule
func CloseModule(id uint64) {
	defer func() {
		if cause := recover(); cause != nil {
			library.panicked("CloseModule", cause)
		}
	}()
	library.instances.Close(id)
}

// OnNewConnection makes the parser of a connection.
//
//export OnNewConnection
func OnNewConnection(instanceID uint64, proto string, connectionID uint64, ingress bool, srcID, dstID uint32,
	srcAddr, dstAddr, policyName string, origBuf, replyBuf *[]byte) (result C.FilterResult) {
	defer func() {
		if cause := recover(); cause != nil {
			library.panicked("OnNewConnection", cause)
			result = C.PROXYLIB_FILTER_UNKNOWN_ERROR
		}
	}()
	guest.UseAltSignalStacksOnce()
	return C.FilterResult(library.connect(instanceID, proto, host.ConnectionInfo{
		Id: connectionID, Ingress: ingress, SrcId: srcID, DstId: dstID, SrcAddr: srcAddr, DstAddr: dstAddr,
		PolicyName: policyName, OrigBuf: origBuf, ReplyBuf: replyBuf,
	}))
}

// OnData judges the bytes that wait in one direction and fills in operations.
//
//export OnData
func OnData(connectionID uint64, reply, endStream bool, data *[][]byte, ops *[][2]int64) (result C.FilterResult) {
	// recover costs some nanoseconds a call, which nearly all calls need not spend.
	panics := true
	defer func() {
		if panics {
			library.panicked("OnData", recover())
			result = C.PROXYLIB_FILTER_UNKNOWN_ERROR
		}
	}()
	// An operation is two 64-bit integers on either side.
	result = C.FilterResult(library.data(connectionID, reply, endStream, *data, (*[]host.FilterOp)(unsafe.Pointer(ops))))
	panics = false
	return result
}

// Close ends a connection.
//
//export Close
func Close(connectionID uint64) {
	defer func() {
		if cause := recover(); cause != nil {
			library.panicked("Close", cause)
		}
	}()
	library.close(connectionID)
}
