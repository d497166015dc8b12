package envoy

// #cgo noescape proxylib_envoy_go_edit
// #cgo nocallback proxylib_envoy_go_edit
// #cgo noescape proxylib_envoy_go_read_body
// #cgo nocallback proxylib_envoy_go_read_body
// #cgo nocallback proxylib_envoy_go_body_size
// #cgo noescape proxylib_envoy_go_set_body
// #cgo noescape proxylib_envoy_go_metadata
// #cgo noescape proxylib_envoy_go_tag
// #cgo noescape proxylib_envoy_go_record
// #cgo noescape proxylib_envoy_go_facts
// #cgo nocallback proxylib_envoy_go_facts
// #include "httpgo.h"
import "C"

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"time"
	"unsafe"

	"github.com/sirupsen/logrus"

	"github.com/proxylib/proxylib/hosts/internal/filterconfig"
	"github.com/proxylib/proxylib/hosts/internal/guest"
	"github.com/proxylib/proxylib/hosts/internal/hostlog"
	"github.com/proxylib/proxylib/internal/filewatch"
	"github.com/proxylib/proxylib/internal/httplink"
	"github.com/proxylib/proxylib/policy"
)

//export proxylib_envoy_go_open
func proxylib_envoy_go_open(host C.uintptr_t, name, config C.bytes, validating C.bool, into *C.struct_http_config) (number C.uint64_t) {
	defer func() {
		if r := recover(); r != nil {
			library.panicked("configuration refused", r)
			number = 0
		}
	}()
	guest.Setup(os.Getenv)
	c, err := httplink.Provided().Open(goString(name), jsonOf(config), goConfig(host), bool(validating))
	if err != nil {
		library.logError("configuration refused: " + policy.Reason(err))
		return 0
	}
	n := library.numbers.Add(1)
	library.goConfigs.Put(n, &c)
	request, reply := c.SeesBodies()
	into.sees_request_body, into.sees_reply_body = C.bool(request), C.bool(reply)
	return C.uint64_t(n)
}

// jsonOf returns a configuration; that of a Struct as JSON.
func jsonOf(config C.bytes) []byte {
	if config.length == 0 {
		return nil
	}
	return filterconfig.JSON([]byte(goString(config)))
}

//export proxylib_envoy_go_close
func proxylib_envoy_go_close(number C.uint64_t) {
	defer library.logPanic("configuration")
	if c := library.goConfigs.Delete(uint64(number)); c != nil {
		(*c).Close()
	}
}

//export proxylib_envoy_go_open_route
func proxylib_envoy_go_open_route(name, config C.bytes) (number C.uint64_t) {
	defer func() {
		if r := recover(); r != nil {
			library.panicked("configuration of a route refused", r)
			number = 0
		}
	}()
	route, err := httplink.Provided().OpenRoute(goString(name), jsonOf(config))
	if err != nil {
		library.logError("configuration of a route refused: " + policy.Reason(err))
		return 0
	}
	n := library.numbers.Add(1)
	library.goRoutes.Put(n, &route)
	return C.uint64_t(n)
}

//export proxylib_envoy_go_close_route
func proxylib_envoy_go_close_route(number C.uint64_t) {
	defer library.logPanic("configuration of a route")
	library.goRoutes.Delete(uint64(number))
}

//export proxylib_envoy_go_on_config_scheduled
func proxylib_envoy_go_on_config_scheduled(number C.uint64_t) {
	defer library.logPanic("configuration")
	if c := library.goConfigs.Get(uint64(number)); c != nil {
		(*c).Scheduled()
	}
}

// goStream is the Go half of a stream, and its host.
type goStream struct {
	goHost
	link httplink.Stream
	// c is the C part, which is there as long as Envoy's stream is.
	c         *C.struct_go_stream
	scheduler goScheduler
}

// goStreamOf returns the Go half of a stream, which is made at its first hook.
func goStreamOf(host C.uintptr_t, c *C.struct_go_stream) httplink.Stream {
	if c.handle != 0 {
		return library.goStreams.Get(uint64(c.handle)).link
	}
	s := &goStream{goHost: goHost(host), c: c}
	s.link = (*library.goConfigs.Get(uint64(c.config.handle))).NewStream(s)
	n := library.numbers.Add(1)
	library.goStreams.Put(n, s)
	c.handle = C.uint64_t(n)
	return s.link
}

// Reply implements [httplink.StreamHost].
func (s *goStream) Reply(status int, headers []httplink.Header, body, details string) {
	s.c.refused = true
	s.goHost.Reply(status, headers, body, details)
}

// NewScheduler implements [httplink.StreamHost]. It is called once.
func (s *goStream) NewScheduler() httplink.Scheduler {
	s.scheduler.handle = C.proxylib_envoy_go_scheduler(s.filter())
	return &s.scheduler
}

// refuseStream is to be deferred by hooks: a panic of ours denies the request.
func refuseStream(host C.uintptr_t, status *C.int) {
	if r := recover(); r != nil {
		library.panicked("request denied", r)
		goHost(host).Reply(internalError, nil, "", "httpfilter_error")
		*status = C.int(httplink.Refuse)
	}
}

const internalError = 500

//export proxylib_envoy_go_on_headers
func proxylib_envoy_go_on_headers(host C.uintptr_t, s *C.struct_go_stream, reply, end C.bool, w *C.struct_http_work) (status C.int) {
	defer refuseStream(host, &status)
	return C.int(goStreamOf(host, s).Headers(bool(reply), goHeaders(w.headers, w.header_count), bool(end)))
}

//export proxylib_envoy_go_on_body
func proxylib_envoy_go_on_body(host C.uintptr_t, s *C.struct_go_stream, reply, end C.bool) (status C.int) {
	defer refuseStream(host, &status)
	return C.int(goStreamOf(host, s).Body(bool(reply), bool(end)))
}

//export proxylib_envoy_go_on_trailers
func proxylib_envoy_go_on_trailers(host C.uintptr_t, s *C.struct_go_stream, reply C.bool, w *C.struct_http_work) (status C.int) {
	defer refuseStream(host, &status)
	return C.int(goStreamOf(host, s).Trailers(bool(reply), goHeaders(w.headers, w.header_count)))
}

//export proxylib_envoy_go_on_scheduled
func proxylib_envoy_go_on_scheduled(number C.uint64_t) (next C.int) {
	defer library.logPanic("request")
	if s := library.goStreams.Get(uint64(number)); s != nil {
		next = C.int(s.link.Scheduled())
	}
	return next
}

//export proxylib_envoy_go_on_complete
func proxylib_envoy_go_on_complete(number, code C.uint64_t) {
	defer library.logPanic("end of a request")
	if s := library.goStreams.Delete(uint64(number)); s != nil {
		s.link.Complete(int(code))
	}
}

//export proxylib_envoy_go_on_gone
func proxylib_envoy_go_on_gone(number C.uint64_t) {
	defer library.logPanic("end of a request")
	if s := library.goStreams.Delete(uint64(number)); s != nil {
		s.link.Gone()
	}
}

//export proxylib_envoy_go_on_callout
func proxylib_envoy_go_on_callout(number C.uint64_t, config C.bool, id C.uint64_t, result C.int, headers *C.struct_header, count C.size_t, chunks *C.bytes, chunkCount C.size_t) {
	defer library.logPanic("callout")
	var body []byte
	for _, b := range unsafe.Slice(chunks, chunkCount) {
		if b.length > 0 {
			body = append(body, unsafe.Slice((*byte)(unsafe.Pointer(b.ptr)), b.length)...)
		}
	}
	lines, failed := goHeaders(headers, count), result != 0
	if config {
		if c := library.goConfigs.Get(uint64(number)); c != nil {
			(*c).CalloutDone(uint64(id), failed, lines, body)
		}
		return
	}
	if s := library.goStreams.Get(uint64(number)); s != nil {
		s.link.CalloutDone(uint64(id), failed, lines, body)
	}
}

// goHeaders copies headers of Envoy's, all texts into one.
func goHeaders(first *C.struct_header, count C.size_t) []httplink.Header {
	if count == 0 {
		return nil
	}
	lines := unsafe.Slice(first, count)
	size := 0
	for i := range lines {
		size += int(lines[i].name.length + lines[i].value.length)
	}
	var text strings.Builder
	text.Grow(size)
	for i := range lines {
		text.WriteString(borrowed(lines[i].name))
		text.WriteString(borrowed(lines[i].value))
	}
	rest := text.String()
	cut := func(n C.size_t) (s string) {
		s, rest = rest[:n], rest[n:]
		return s
	}
	headers := make([]httplink.Header, count)
	for i := range lines {
		headers[i].Name = cut(lines[i].name.length)
		headers[i].Value = cut(lines[i].value.length)
	}
	return headers
}

// packed are headers or edits in the form that C takes: lengths, and all texts in one.
type packed struct {
	lines []C.struct_line
	text  []byte
}

func (p *packed) add(op httplink.Op, name, value string) {
	p.lines = append(p.lines, C.struct_line{name: C.size_t(len(name)), value: C.size_t(len(value)), op: uint32(op)})
	p.text = append(append(p.text, name...), value...)
}

func (p *packed) addHeaders(headers []httplink.Header) {
	for _, h := range headers {
		p.add(httplink.Add, h.Name, h.Value)
	}
}

func firstByte(b []byte) *C.char { return (*C.char)(unsafe.Pointer(unsafe.SliceData(b))) }

// joined are texts as one, and their lengths.
func joined(texts ...string) (text []byte, lengths []C.size_t) {
	for _, t := range texts {
		text, lengths = append(text, t...), append(lengths, C.size_t(len(t)))
	}
	return text, lengths
}

// goHost is Envoy's name of a stream. It is what goStream has of [httplink.StreamHost].
type goHost uintptr

func (h goHost) filter() C.uintptr_t { return C.uintptr_t(h) }

func (h goHost) Facts() httplink.Facts {
	var w C.struct_http_work
	var route C.bytes
	C.proxylib_envoy_go_facts(h.filter(), &w, &route)
	// All texts are in one, as each would cost an allocation.
	texts := [...]string{borrowed(w.protocol), borrowed(w.source), borrowed(w.destination), borrowed(route)}
	all := strings.Join(texts[:], "")
	for i, t := range texts {
		texts[i], all = all[:len(t)], all[len(t):]
	}
	return httplink.Facts{
		Connection: uint64(w.connection), Protocol: texts[0], Source: texts[1], Destination: texts[2], Route: texts[3],
	}
}

func (h goHost) RouteConfig() any {
	if route := library.goRoutes.Get(uint64(C.proxylib_envoy_go_route_config(h.filter()))); route != nil {
		return *route
	}
	return nil
}

func (h goHost) Edit(m httplink.Map, edits []httplink.Edit) {
	var p packed
	for _, e := range edits {
		p.add(e.Op, e.Name, e.Value)
	}
	C.proxylib_envoy_go_edit(h.filter(), uint32(m), unsafe.SliceData(p.lines), C.size_t(len(p.lines)), firstByte(p.text))
}

func (h goHost) BodySize(reply bool) (held, received int) {
	size := C.proxylib_envoy_go_body_size(h.filter(), C.bool(reply))
	return int(size.held), int(size.received)
}

func (h goHost) Body(reply bool) (held, received []byte) {
	size := C.proxylib_envoy_go_body_size(h.filter(), C.bool(reply))
	if size.held+size.received == 0 {
		return nil, nil
	}
	all := make([]byte, size.held+size.received)
	if !C.proxylib_envoy_go_read_body(h.filter(), C.bool(reply), size, firstByte(all)) {
		panic("out of memory")
	}
	return all[:size.held:size.held], all[size.held:]
}

func (h goHost) SetBody(reply bool, body []byte) {
	C.proxylib_envoy_go_set_body(h.filter(), C.bool(reply), firstByte(body), C.size_t(len(body)))
}

func (h goHost) AllowBuffer(n int) {
	C.proxylib_envoy_go_allow_buffer(h.filter(), C.uint64_t(n))
}

func (h goHost) Reply(status int, headers []httplink.Header, body, details string) {
	var p packed
	p.addHeaders(headers)
	p.text = append(append(p.text, body...), details...)
	C.proxylib_envoy_go_reply(h.filter(), C.uint32_t(status), unsafe.SliceData(p.lines), C.size_t(len(p.lines)), firstByte(p.text),
		C.size_t(len(body)), C.size_t(len(details)))
}

func (h goHost) ClearRoute() { C.proxylib_envoy_go_clear_route(h.filter()) }

func (h goHost) SetMetadata(namespace, key, value string) {
	text, lengths := joined(namespace, key, value)
	C.proxylib_envoy_go_metadata(h.filter(), firstByte(text), lengths[0], lengths[1], lengths[2])
}

func (h goHost) SetTag(key, value string) {
	text, lengths := joined(key, value)
	C.proxylib_envoy_go_tag(h.filter(), firstByte(text), lengths[0], lengths[1])
}

func (h goHost) StartSpan(name string) (end func()) {
	span := C.proxylib_envoy_go_start_span(h.filter(), firstByte([]byte(name)), C.size_t(len(name)))
	if span == 0 {
		return nil
	}
	return func() { C.proxylib_envoy_go_end_span(span) }
}

func (h goHost) Callout(c *httplink.Callout) (uint64, error) { return callout(h.filter(), false, c) }

func (h goHost) Record(kind httplink.Kind, id int, labels []string, value uint64) {
	record(h.filter(), false, kind, id, labels, value)
}

func (h goHost) Secret(id int) string { return secret(h.filter(), false, id) }

// goScheduler implements [httplink.Scheduler].
type goScheduler struct {
	handle C.uintptr_t
	config bool
}

func (s *goScheduler) Commit() { C.proxylib_envoy_go_commit(s.handle, C.bool(s.config)) }

func (s *goScheduler) Delete() { C.proxylib_envoy_go_scheduler_delete(s.handle, C.bool(s.config)) }

// calloutRefusals are why Envoy does not send a request to a cluster, by its numbers.
var calloutRefusals = map[C.int]string{
	1: "a header is missing", 2: "is unknown: add it to Envoy's clusters", 3: "the number is taken", 4: "has no host that can be asked",
}

func callout(host C.uintptr_t, config bool, c *httplink.Callout) (uint64, error) {
	var p packed
	p.text = append(p.text, c.Cluster...)
	p.addHeaders(c.Headers)
	p.text = append(p.text, c.Body...)
	var id C.uint64_t
	result := C.proxylib_envoy_go_callout(host, C.bool(config), &id, unsafe.SliceData(p.lines), C.size_t(len(p.lines)), firstByte(p.text),
		C.size_t(len(c.Cluster)), C.size_t(len(c.Body)), C.uint64_t(max(c.Timeout/time.Millisecond, 1)))
	switch {
	case result == C.CALLOUT_STARTED:
		return uint64(id), nil
	case result < 0:
		return 0, errors.New("this Envoy cannot send requests that belong to no stream: take Envoy 1.38 or newer")
	}
	return 0, errors.New(calloutRefusals[result])
}

func record(host C.uintptr_t, config bool, kind httplink.Kind, id int, labels []string, value uint64) {
	text, lengths := joined(labels...)
	C.proxylib_envoy_go_record(host, C.bool(config), uint32(kind), C.size_t(id), firstByte(text), unsafe.SliceData(lengths), C.size_t(len(lengths)), C.uint64_t(value))
}

func secret(host C.uintptr_t, config bool, id int) string {
	var value C.bytes
	if !C.proxylib_envoy_go_secret(host, C.bool(config), C.size_t(id), &value) {
		return ""
	}
	return goString(value)
}

// goConfig is Envoy's name of a configuration. It implements [httplink.ConfigHost].
type goConfig uintptr

func (h goConfig) config() C.uintptr_t { return C.uintptr_t(h) }

// logrusLevel is a level of log/slog.
func logrusLevel(level int) logrus.Level {
	switch l := slog.Level(level); {
	case l >= slog.LevelError:
		return logrus.ErrorLevel
	case l >= slog.LevelWarn:
		return logrus.WarnLevel
	case l >= slog.LevelInfo:
		return logrus.InfoLevel
	}
	return logrus.DebugLevel
}

func (goConfig) Log(level int, line string) {
	library.envoy.Write(logrusLevel(level), "proxylib: "+hostlog.Printable(line))
}

func (goConfig) LogEnabled(level int) bool { return library.envoy.Enabled(logrusLevel(level)) }

func (h goConfig) Define(kind httplink.Kind, name string, labels []string) (int, error) {
	text, lengths := joined(append([]string{name}, labels...)...)
	var id C.size_t
	if !C.proxylib_envoy_go_define(h.config(), uint32(kind), firstByte(text), unsafe.SliceData(lengths), C.size_t(len(lengths)), &id) {
		return 0, fmt.Errorf("cannot be defined: give at most %d labels, and define it before the configure function returns", C.MAX_LABELS)
	}
	return int(id), nil
}

func (goConfig) Records() bool { return bool(C.proxylib_envoy_go_config_records()) }

func (h goConfig) Record(kind httplink.Kind, id int, labels []string, value uint64) {
	record(h.config(), true, kind, id, labels, value)
}

func (h goConfig) Subscribe(name, source string) (int, error) {
	if !C.proxylib_envoy_go_has_secrets() {
		return 0, errors.New("this Envoy has no secrets for filters: take Envoy 1.40 or newer, or a file")
	}
	text, lengths := joined(name, source)
	id := C.proxylib_envoy_go_subscribe(h.config(), firstByte(text), lengths[0], lengths[1])
	if id == 0 {
		return 0, errors.New("there is no such secret, or the source is not taken: see the rest of Envoy's log")
	}
	return int(id), nil
}

func (h goConfig) Secret(id int) string { return secret(h.config(), true, id) }

func (goConfig) WatchFile(path, kind string, take func([]byte)) (stop func(), err error) {
	w := filewatch.New(filewatch.Config{
		Path: path, MaxBytes: maxSecret, Kind: kind, Log: hostlog.New(logrus.InfoLevel, library.envoy),
	})
	takeFirst := func(files []filewatch.File) {
		if len(files) == 1 {
			take(files[0].Text)
		}
	}
	files, err := w.Read()
	takeFirst(files)
	w.Start(takeFirst)
	return w.Close, err
}

func (h goConfig) NewScheduler() httplink.Scheduler {
	return &goScheduler{handle: C.proxylib_envoy_go_config_scheduler(h.config()), config: true}
}

func (h goConfig) Callout(c *httplink.Callout) (uint64, error) { return callout(h.config(), true, c) }
