package envoy

// #cgo CFLAGS: -std=c11 -O2 -Wall -Wextra -Wno-unused-parameter
// #cgo noescape proxylib_envoy_grow
// #cgo nocallback proxylib_envoy_grow
// #cgo noescape proxylib_envoy_log
// #cgo nocallback proxylib_envoy_log
// #cgo noescape proxylib_envoy_log_enabled
// #cgo nocallback proxylib_envoy_log_enabled
// #cgo noescape proxylib_envoy_commit
// #cgo nocallback proxylib_envoy_commit
// #cgo noescape proxylib_envoy_report_health
// #cgo nocallback proxylib_envoy_report_health
// #include <stdlib.h>
// #include "shim.h"
import "C"

import (
	"net/netip"
	"os"
	"unsafe"

	"github.com/sirupsen/logrus"

	"github.com/proxylib/proxylib/hosts/internal/filterconfig"
	"github.com/proxylib/proxylib/hosts/internal/guest"
	"github.com/proxylib/proxylib/hosts/internal/hostlog"
	"github.com/proxylib/proxylib/hosts/internal/instance"
	"github.com/proxylib/proxylib/internal/buildinfo"
)

// library serves the process: the C functions have no argument that could carry it.
var library = newModule(envoyProcess{})

//export proxylib_envoy_config_open
func proxylib_envoy_config_open(name, config C.bytes, validating C.bool, c *C.struct_config) (number C.uint64_t) {
	defer func() {
		if r := recover(); r != nil {
			library.panicked("configuration refused", r)
			number = 0
		}
	}()
	guest.Setup(os.Getenv)
	n, f := library.open(goString(name), []byte(goString(config)), bool(validating))
	if n == 0 {
		return 0
	}
	build, _ := buildinfo.Read()
	c.build = cBytes(build.Metric())
	c.parsers = (*C.struct_parser)(C.malloc(C.size_t(len(f.parsers)) * C.sizeof_struct_parser))
	c.parser_count = C.size_t(len(f.parsers))
	parsers := unsafe.Slice(c.parsers, len(f.parsers))
	for i, name := range f.parsers {
		parsers[i] = C.struct_parser{name: cBytes(name), stat_prefix: cBytes(f.settings.StatPrefixOf(name))}
	}
	c.name_source, c.name_key = nameSource(f.settings, f.names), cBytes(f.settings.FilterStateKey())
	return C.uint64_t(n)
}

//export proxylib_envoy_config_close
func proxylib_envoy_config_close(number C.uint64_t) {
	defer library.logPanic("configuration")
	library.close(uint64(number))
}

// nameSource is what C has to ask Envoy for, to know the name of a client that has an identity by it.
func nameSource(s *settings, names map[string]uint32) uint32 {
	switch {
	case names == nil || s.ClientName == filterconfig.NameForwarded:
		return C.NAME_NONE
	case s.ClientName == filterconfig.NameCertificate:
		return C.NAME_CERTIFICATE
	}
	return C.NAME_FILTER_STATE
}

// proxylib_envoy_watch_health keeps Envoy's stats up to date by way of a configuration, until that is closed.
//
//export proxylib_envoy_watch_health
func proxylib_envoy_watch_health(number C.uint64_t, r *C.struct_reporter) {
	defer library.logPanic("configuration")
	library.watched.add(uint64(number), unsafe.Pointer(r))
}

// proxylib_envoy_health fills in h and returns true, if a report is due.
//
//export proxylib_envoy_health
func proxylib_envoy_health(h *C.struct_health) C.bool {
	defer library.logPanic("health")
	if !library.growth.due() {
		return false
	}
	*h = healthOf(library.growth.take())
	return true
}

func healthOf(now instance.Health, grown instance.Totals) (h C.struct_health) {
	if !now.LastUpdate.IsZero() {
		h.gauge[C.GAUGE_POLICY_LAST_UPDATE] = C.uint64_t(now.LastUpdate.Unix())
	}
	h.gauge[C.GAUGE_POLICY_SOURCES] = C.uint64_t(now.Sources)
	h.gauge[C.GAUGE_POLICY_SOURCES_CONNECTED] = C.uint64_t(now.Connected)
	h.gauge[C.GAUGE_POLICY_WARNINGS] = C.uint64_t(now.Warnings)
	h.gauge[C.GAUGE_POLICY_RESOURCES_REFUSED] = C.uint64_t(now.RefusedResources)
	h.gauge[C.GAUGE_OPEN_CONNECTIONS] = C.uint64_t(now.Connections)
	h.gauge[C.GAUGE_HELD_BYTES] = C.uint64_t(now.HeldBytes)
	h.grown[C.TOTAL_POLICY_UPDATES] = C.uint64_t(grown.Updates)
	h.grown[C.TOTAL_POLICY_UPDATES_REFUSED] = C.uint64_t(grown.RefusedUpdates)
	h.grown[C.TOTAL_LOG_ENTRIES_LOST] = C.uint64_t(grown.LostEntries)
	h.grown[C.TOTAL_PANICS] = C.uint64_t(grown.Panics)
	h.grown[C.TOTAL_UNOBSERVED] = C.uint64_t(grown.Unobserved)
	h.grown[C.TOTAL_CONNECTIONS_REFUSED] = C.uint64_t(grown.RefusedConnections)
	h.grown[C.TOTAL_HELD_BYTES_REFUSED] = C.uint64_t(grown.RefusedBytes)
	h.grown[C.TOTAL_PARSERS_REPLACED] = C.uint64_t(grown.ReplacedParsers)
	h.grown[C.TOTAL_PARSERS_REFUSED] = C.uint64_t(grown.RefusedParsers)
	return h
}

// proxylib_envoy_connect makes the session of a connection and returns its number, or 0 if the connection is refused.
//
//export proxylib_envoy_connect
func proxylib_envoy_connect(config C.uint64_t, c *C.struct_facts, w *C.struct_work) (number C.uint64_t) {
	defer refuseOnPanic(w)
	f := library.filters.Get(uint64(config))
	if f == nil {
		refuse(w, "unknown configuration")
		return 0
	}
	s, unknown, err := f.connect(goFacts(c))
	if err != nil {
		if unknown {
			w.count[C.COUNT_UNKNOWN_IDENTITY]++
		}
		refuse(w, err.Error())
		return 0
	}
	s.unknown = unknown
	n := library.numbers.Add(1)
	w.needs_scheduler = C.bool(s.waker() != nil)
	library.sessions.Put(n, s)
	return C.uint64_t(n)
}

// proxylib_envoy_data judges the chunks of w, and fills in the rest of w and the standing verdicts of c.
//
//export proxylib_envoy_data
func proxylib_envoy_data(c *C.struct_connection, reply, endStream C.bool, w *C.struct_work) {
	defer refuseOnPanic(w)
	s, k := begin(c, w)
	if s == nil {
		return
	}
	for _, b := range unsafe.Slice(w.chunks, w.chunk_count) {
		if b.length > 0 {
			k.chunks = append(k.chunks, unsafe.Slice((*byte)(unsafe.Pointer(b.ptr)), b.length))
		}
	}
	tally := s.data(bool(reply), bool(endStream), k.chunks, &k.plan)
	dir := C.REQUEST
	if reply {
		dir = C.REPLY
	}
	s.fill(c, dir, w, k, tally)
}

// proxylib_envoy_may_resume makes known how Envoy is asked to call the scheduled hook of a connection whose requests may pause.
//
//export proxylib_envoy_may_resume
func proxylib_envoy_may_resume(number C.uint64_t, scheduler C.uintptr_t) {
	defer library.logPanic("connection")
	if s := library.sessions.Get(uint64(number)); s != nil {
		s.waker().enable(uintptr(scheduler))
	}
}

// proxylib_envoy_resume has requests go on that have paused, if their time has come, and fills in w and the standing verdicts of
// the client's direction.
//
//export proxylib_envoy_resume
func proxylib_envoy_resume(c *C.struct_connection, w *C.struct_work) {
	defer refuseOnPanic(w)
	if s, k := begin(c, w); s != nil {
		s.fill(c, C.REQUEST, w, k, s.resume(&k.plan))
	}
}

// begin returns the session of a connection, after it has noted the bytes that C has disposed of under standing verdicts, and a
// scratch that [session.fill] takes back. If there is no session, it refuses and returns nil.
func begin(c *C.struct_connection, w *C.struct_work) (*session, *scratch) {
	s := library.sessions.Get(uint64(c.handle))
	if s == nil {
		refuse(w, "unknown connection")
		return nil, nil
	}
	s.skipped(uint64(c.skipped[C.REQUEST]), uint64(c.skipped[C.REPLY]))
	c.skipped = [C.DIRECTIONS]C.uint64_t{}
	k := s.filter.takeScratch()
	k.plan.Out, k.plan.Reverse, k.plan.Latencies = empty[byte](&w.out), empty[byte](&w.back), empty[uint64](&w.latencies)
	return s, k
}

// count counts the connection, which has a parser now.
func (s *session) count(c *C.struct_connection, w *C.struct_work) {
	c.parser = C.size_t(s.parser())
	w.count[C.COUNT_CONNECTIONS]++
	if s.unknown {
		w.count[C.COUNT_UNKNOWN_IDENTITY]++
	}
}

// fill makes the plan of a call C's, and takes the scratch back.
func (s *session) fill(c *C.struct_connection, dir int, w *C.struct_work, k *scratch, tally tally) {
	c.pass[dir], c.drop[dir] = C.uint64_t(k.plan.Pass), C.uint64_t(k.plan.Drop)
	w.leave, w.start_tls = C.bool(k.plan.Leave), C.bool(k.plan.StartTLS)
	w.wait, w.pause = C.bool(k.plan.Wait), C.bool(k.plan.Pause)
	fill(&w.out, k.plan.Out)
	fill(&w.back, k.plan.Reverse)
	fill(&w.latencies, k.plan.Latencies)
	if tally.opened {
		s.count(c, w)
	}
	w.count[C.COUNT_PASSED] = C.uint64_t(tally.passed)
	w.count[C.COUNT_AUDITED] = C.uint64_t(tally.audited)
	w.count[C.COUNT_DENIED] = C.uint64_t(tally.denied)
	if tally.failed {
		w.count[C.COUNT_PARSE_ERRORS]++
	}
	if k.plan.Close {
		closeAfter(w, k.plan.Reason)
	}
	s.filter.giveScratch(k)
}

//export proxylib_envoy_close
func proxylib_envoy_close(number C.uint64_t) {
	defer library.logPanic("end of a connection")
	library.publications.remove(uint64(number))
	library.handshakes.remove(uint64(number))
	if s := library.sessions.Delete(uint64(number)); s != nil {
		s.close()
	}
}

// proxylib_envoy_schedule has Envoy call the scheduled hook of a connection for a task in a while, unless it is closed
// before.
//
//export proxylib_envoy_schedule
func proxylib_envoy_schedule(number C.uint64_t, scheduler C.uintptr_t, task C.enum_task) {
	defer library.logPanic("schedule")
	if task == C.START_TLS {
		library.handshakes.add(uint64(number), uintptr(scheduler))
		return
	}
	library.publications.add(uint64(number), uintptr(scheduler))
}

// empty is an output as an empty slice. What is appended beyond its capacity is in Go's memory.
func empty[T byte | uint64](o *C.struct_output) []T {
	return unsafe.Slice((*T)(unsafe.Pointer(o.ptr)), o.capacity/C.size_t(unsafe.Sizeof(T(0))))[:0]
}

// fill makes list the content of an output.
func fill[T byte | uint64](o *C.struct_output, list []T) {
	size := C.size_t(unsafe.Sizeof(T(0)))
	if len(list) > 0 && unsafe.SliceData(list) != (*T)(unsafe.Pointer(o.ptr)) {
		if !C.proxylib_envoy_grow(o, C.size_t(cap(list))*size) {
			panic("out of memory")
		}
		copy(unsafe.Slice((*T)(unsafe.Pointer(o.ptr)), len(list)), list)
	}
	o.length = C.size_t(len(list)) * size
}

// refuse makes C send nothing and close the connection.
func refuse(w *C.struct_work, reason string) {
	w.leave, w.out.length, w.back.length = false, 0, 0
	closeAfter(w, reason)
}

// closeAfter makes C close the connection after the output.
func closeAfter(w *C.struct_work, reason string) {
	w.close = true
	reason = "proxylib: " + hostlog.Printable(reason)
	w.reason_length = C.size_t(copy(unsafe.Slice((*byte)(unsafe.Pointer(&w.reason[0])), len(w.reason)), reason))
}

// refuseOnPanic is to be deferred: a panic closes the connection, and the process goes on.
func refuseOnPanic(w *C.struct_work) {
	if r := recover(); r != nil {
		refuse(w, "internal error")
		library.panicked("connection closed", r)
	}
}

// cBytes is a copy in C's memory.
func cBytes(s string) C.bytes { return C.bytes{ptr: C.CString(s), length: C.size_t(len(s))} }

func goString(b C.bytes) string { return C.GoStringN(b.ptr, C.int(b.length)) }

func goFacts(c *C.struct_facts) facts {
	return facts{
		Facts: filterconfig.Facts{
			ID:     uint64(c.id),
			Remote: goAddress(c.remote, c.remote_port), Local: goAddress(c.local, c.local_port),
			ServerName: goString(c.server_name),
		},
		name:        goString(c.name),
		canStartTLS: bool(c.can_start_tls),
	}
}

func goAddress(b C.bytes, port C.uint32_t) netip.AddrPort {
	addr, err := netip.ParseAddr(goString(b))
	if err != nil || port > 65535 {
		return netip.AddrPort{}
	}
	return netip.AddrPortFrom(addr.Unmap(), uint16(port))
}

// envoyProcess is the Envoy that has loaded the library. In another program it has no log, and calls nothing.
type envoyProcess struct{}

var envoyLevels = map[logrus.Level]uint32{
	logrus.TraceLevel: C.TRACE, logrus.DebugLevel: C.DEBUG, logrus.InfoLevel: C.INFO, logrus.WarnLevel: C.WARN,
	logrus.ErrorLevel: C.ERROR, logrus.FatalLevel: C.CRITICAL, logrus.PanicLevel: C.CRITICAL,
}

func (envoyProcess) Enabled(level logrus.Level) bool {
	return bool(C.proxylib_envoy_log_enabled(envoyLevels[level]))
}

func (envoyProcess) Write(level logrus.Level, line string) {
	C.proxylib_envoy_log(envoyLevels[level], (*C.char)(unsafe.Pointer(unsafe.StringData(line))), C.size_t(len(line)))
}

func (envoyProcess) publish(scheduler uintptr) (release func()) {
	return released(C.proxylib_envoy_commit(C.uintptr_t(scheduler), C.PUBLISH))
}

func (envoyProcess) resume(scheduler uintptr) (release func()) {
	return released(C.proxylib_envoy_commit(C.uintptr_t(scheduler), C.RESUME))
}

func (envoyProcess) startTLS(scheduler uintptr) (release func()) {
	return released(C.proxylib_envoy_commit(C.uintptr_t(scheduler), C.START_TLS))
}

// released returns what releases a connection of C's, nil if there is none.
func released(c *C.struct_connection) func() {
	if c == nil {
		return nil
	}
	return func() { C.proxylib_envoy_release(c) }
}

func (envoyProcess) reportHealth(config unsafe.Pointer, now instance.Health, grown instance.Totals) {
	h := healthOf(now, grown)
	C.proxylib_envoy_report_health((*C.struct_reporter)(config), &h)
}
