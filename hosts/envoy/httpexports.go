package envoy

// #cgo noescape proxylib_envoy_grow_edits
// #cgo nocallback proxylib_envoy_grow_edits
// #include "http.h"
import "C"

import (
	"os"
	"unsafe"

	"github.com/proxylib/proxylib/accesslog"
	"github.com/proxylib/proxylib/hosts/internal/filterconfig"
	"github.com/proxylib/proxylib/hosts/internal/guest"
	"github.com/proxylib/proxylib/internal/buildinfo"
	"github.com/proxylib/proxylib/policy"
	"github.com/proxylib/proxylib/policy/httprule"
)

//export proxylib_envoy_http_open
func proxylib_envoy_http_open(host C.uintptr_t, name, config C.bytes, validating, knowsPeer C.bool, c *C.struct_http_config) (number C.uint64_t) {
	defer func() {
		if r := recover(); r != nil {
			library.panicked("configuration refused", r)
			number = 0
		}
	}()
	guest.Setup(os.Getenv)
	f, err := openHTTP(goString(name), []byte(goString(config)), bool(validating), bool(knowsPeer), goConfig(host), library.opener)
	if err != nil {
		library.logError("configuration refused: " + policy.Reason(err))
		return 0
	}
	n := library.numbers.Add(1)
	library.httpFilters.Put(n, f)
	build, _ := buildinfo.Read()
	c.stat_prefix, c.build, c.body = cBytes(f.settings.StatPrefix), cBytes(build.Metric()), cBytes(f.settings.DeniedBody)
	c.observe, c.exchanges = C.bool(f.settings.Mode == filterconfig.Observe), C.bool(f.instance != nil && f.logs(accesslog.Exchanges))
	c.describes = C.bool(f.settings.Metadata == metadataOfAll)
	c.heads = C.bool(f.instance != nil && f.logsHeads())
	c.name_source, c.name_key = nameSource(&f.settings.Settings, f.names), cBytes(f.settings.FilterStateKey())
	return C.uint64_t(n)
}

//export proxylib_envoy_http_close
func proxylib_envoy_http_close(number C.uint64_t) {
	defer library.logPanic("configuration")
	library.watched.remove(uint64(number))
	if f := library.httpFilters.Delete(uint64(number)); f != nil {
		f.close(library.opener)
	}
}

// proxylib_envoy_http_request decides the request in w, and fills in the verdict.
//
//export proxylib_envoy_http_request
func proxylib_envoy_http_request(host C.uintptr_t, config C.uint64_t, w *C.struct_http_work) {
	defer denyOnPanic(w)
	f := library.httpFilters.Get(uint64(config))
	if f == nil {
		return
	}
	k := f.takeScratch()
	takeHeaders(k, w)
	facts := httpFactsOf(w)
	facts.host = goHost(host)
	if w.handle != 0 {
		k.stream = library.httpStreams.Get(uint64(w.handle))
	}
	r := f.decide(&facts, k)
	k.text = append(append(k.text[:0], policy.Cut(r.rule, maxPublished)...), policy.Cut(r.reason, maxPublished)...)
	w.rule = C.size_t(len(policy.Cut(r.rule, maxPublished)))
	w.reason = C.size_t(len(k.text)) - w.rule
	giveEdits(k, w)
	fill(&w.text, k.text)
	if w.logged = r.stream != nil; r.stream != nil && w.handle == 0 {
		n := library.numbers.Add(1)
		library.httpStreams.Put(n, r.stream)
		w.handle = C.uint64_t(n)
	}
	w.audited, w.unknown = C.bool(r.audited), C.bool(r.unknown)
	f.giveScratch(k)
	w.allowed = C.bool(r.allowed)
}

// maxPublished is the length, in bytes, of the longest text in Envoy's metadata.
const maxPublished = 256

// giveEdits fills in the edits, and appends their texts to those of the scratch.
func giveEdits(k *httpScratch, w *C.struct_http_work) {
	edits := k.request.Edits
	if len(edits) == 0 {
		return
	}
	first := C.proxylib_envoy_grow_edits(w, C.size_t(len(edits)))
	if first == nil {
		panic("out of memory")
	}
	list := unsafe.Slice(first, len(edits))
	for i, e := range edits {
		list[i] = C.struct_edit{name: C.size_t(len(e.Name)), value: C.size_t(len(e.Value)), remove: C.bool(e.Remove)}
		k.text = append(append(k.text, e.Name...), e.Value...)
	}
	w.edit_count = C.size_t(len(edits))
}

// denyOnPanic is to be deferred: a panic denies the request, and the process goes on.
func denyOnPanic(w *C.struct_http_work) {
	if r := recover(); r != nil {
		w.allowed, w.logged, w.rule, w.reason, w.edit_count = false, false, 0, 0, 0
		library.panicked("request denied", r)
	}
}

// proxylib_envoy_http_response logs the head of the reply in w.
//
//export proxylib_envoy_http_response
func proxylib_envoy_http_response(number C.uint64_t, w *C.struct_http_work) {
	defer library.logPanic("reply")
	s := library.httpStreams.Get(uint64(number))
	if s == nil {
		return
	}
	k := s.filter.takeScratch()
	takeHeaders(k, w)
	s.logReply(k)
	s.filter.giveScratch(k)
}

// proxylib_envoy_http_undecided logs a request that another filter has replied to.
//
//export proxylib_envoy_http_undecided
func proxylib_envoy_http_undecided(config C.uint64_t, w *C.struct_http_work) {
	defer library.logPanic("request that is not decided")
	f := library.httpFilters.Get(uint64(config))
	if f == nil {
		return
	}
	k := f.takeScratch()
	takeHeaders(k, w)
	facts := httpFactsOf(w)
	f.logUndecided(&facts, uint32(w.code), k)
	f.giveScratch(k)
}

// proxylib_envoy_http_complete logs and ends a request that passed. It returns the latency in nanoseconds, or -1 if it is not
// known.
//
//export proxylib_envoy_http_complete
func proxylib_envoy_http_complete(number, code, requestBytes, replyBytes C.uint64_t) (latency C.int64_t) {
	defer library.logPanic("end of a request")
	latency = -1
	if s := library.httpStreams.Get(uint64(number)); s != nil {
		if measured, known := s.logEnd(uint32(code), uint64(requestBytes), uint64(replyBytes)); known {
			latency = C.int64_t(measured)
		}
		s.end()
	}
	return latency
}

//export proxylib_envoy_http_end
func proxylib_envoy_http_end(number C.uint64_t) {
	defer library.logPanic("end of a request")
	if s := library.httpStreams.Get(uint64(number)); s != nil {
		s.end()
	}
}

// proxylib_envoy_http_forget releases the Go half of a stream, which has ended.
//
//export proxylib_envoy_http_forget
func proxylib_envoy_http_forget(number C.uint64_t) {
	defer library.logPanic("end of a request")
	if s := library.httpStreams.Delete(uint64(number)); s != nil {
		spareStreams.Put(s)
	}
}

// takeHeaders makes the headers of a work those of a scratch. They stay Envoy's memory.
func takeHeaders(k *httpScratch, w *C.struct_http_work) {
	for _, h := range unsafe.Slice(w.headers, w.header_count) {
		k.request.Headers = append(k.request.Headers, httprule.Header{Name: borrowed(h.name), Value: borrowed(h.value)})
	}
}

// borrowed is a text in Envoy's memory.
func borrowed(b C.bytes) string {
	if b.length == 0 {
		return ""
	}
	return unsafe.String((*byte)(unsafe.Pointer(b.ptr)), b.length)
}

// lent is a text in memory that does not change while the text is in use.
func lent(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

func httpFactsOf(w *C.struct_http_work) httpFacts {
	return httpFacts{
		connection: uint64(w.connection), protocol: borrowed(w.protocol), source: borrowed(w.source),
		direct: borrowed(w.direct), destination: borrowed(w.destination), serverName: borrowed(w.server_name), name: borrowed(w.name),
	}
}
