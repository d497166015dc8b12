package httpfilter

import (
	"fmt"
	"maps"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/proxylib/proxylib/internal/httplink"
)

// reserved is the filter_name of the library's own HTTP filter.
const reserved = "proxylib"

// DefaultTimeout is how long a message waits at most if a [Filter] does not say.
const DefaultTimeout = 15 * time.Second

// DefaultMaxWaiting is how many messages wait at the same time if a [Filter] does not say.
const DefaultMaxWaiting = 10_000

// Filter is what a configuration does with streams. It may be used from several threads at once.
type Filter struct {
	// New makes the handler of a stream, on its thread. It is required.
	New func(*Stream) Handler
	// RequestBody and ResponseBody say what the handlers see of bodies. The zero value is [NoBody].
	RequestBody, ResponseBody Body
	// Timeout is how long a message waits for [Wait] or a [Pin] at most; then the request is denied with status 504. 0 is
	// [DefaultTimeout].
	Timeout time.Duration
	// MaxWaiting is how many messages of the configuration may wait at the same time, and how many functions of Wait may run; more are denied
	// with status 503. 0 is [DefaultMaxWaiting].
	MaxWaiting int
	// Close, if not nil, is called when no stream uses the configuration any longer.
	Close func()
}

// Handler is the filter of one stream. Embed [Base] for the methods that you do not need. A handler may get a response without
// a request, if another filter or Envoy itself replied first, and nothing at all but OnComplete.
type Handler interface {
	// OnRequest is called with the headers, and with [Whole] when the body is there.
	OnRequest(*Request) Action
	// OnRequestBody is called for each piece of a body, if the body is [Streamed] or [Rewritten].
	OnRequestBody(*Chunk) Action
	// OnRequestTrailers is called if there are trailers.
	OnRequestTrailers(*Trailers) Action
	// OnResponse, OnResponseBody and OnResponseTrailers are the same for the response. Deny replaces it while nothing of it is sent;
	// later it resets the stream.
	OnResponse(*Response) Action
	OnResponseBody(*Chunk) Action
	OnResponseTrailers(*Trailers) Action
	// OnComplete is called once, at the end of the stream.
	OnComplete(*Summary)
}

// Base is a handler that lets everything pass, to be embedded.
type Base struct{}

// OnRequest implements [Handler].
func (Base) OnRequest(*Request) Action { return Continue() }

// OnRequestBody implements [Handler].
func (Base) OnRequestBody(*Chunk) Action { return Continue() }

// OnRequestTrailers implements [Handler].
func (Base) OnRequestTrailers(*Trailers) Action { return Continue() }

// OnResponse implements [Handler].
func (Base) OnResponse(*Response) Action { return Continue() }

// OnResponseBody implements [Handler].
func (Base) OnResponseBody(*Chunk) Action { return Continue() }

// OnResponseTrailers implements [Handler].
func (Base) OnResponseTrailers(*Trailers) Action { return Continue() }

// OnComplete implements [Handler].
func (Base) OnComplete(*Summary) {}

// Body says what a handler sees of a body.
type Body struct {
	mode  bodyMode
	limit int
}

type bodyMode int

const (
	noBody bodyMode = iota
	streamed
	rewritten
	whole
)

// NoBody has bodies pass unseen.
func NoBody() Body { return Body{} }

// Streamed shows pieces of the body as they come. They cannot be changed.
func Streamed() Body { return Body{mode: streamed} }

// Rewritten shows pieces of the body that may be replaced by [ReplaceBody]. The header content-length is removed.
func Rewritten() Body { return Body{mode: rewritten} }

// Whole gathers the body, up to a limit in bytes, before the handler is asked. A longer request is denied with status 413, a longer response with
// 502; so is what has no end, such as a WebSocket. Envoy 1.37 has a limit of its own, that of its buffers, by default 1 MiB.
func Whole(limit int) Body { return Body{mode: whole, limit: limit} }

type registration struct {
	configure func(*Config) (*Filter, error)
	route     func([]byte) (any, error)
	pkg       string
}

// registrations is filled by init functions and read-only afterwards.
var registrations = map[string]*registration{}

// Register registers a filter under a name, which is the filter_name in Envoy's configuration. It is meant to be called from an init
// function; an invalid or taken name is a programming error and panics. Configure makes the filter of a configuration, on the main
// thread; it must not block. Its error, which refuses the configuration, is to say which field is wrong and how to fix it.
func Register(name string, configure func(*Config) (*Filter, error)) {
	switch {
	case configure == nil || name == "" || strings.ContainsFunc(name, notInName):
		panic(fmt.Sprintf("httpfilter: filter %q needs a name of letters, digits, '.', '_' and '-', and a function", name))
	case name == reserved:
		panic("httpfilter: the filter " + reserved + " is the library's own")
	case registrations[name] != nil:
		panic(fmt.Sprintf("httpfilter: filter %q is registered twice", name))
	}
	r := &registration{configure: configure}
	if f := runtime.FuncForPC(reflect.ValueOf(configure).Pointer()); f != nil {
		r.pkg = packageOf(f.Name())
	}
	registrations[name] = r
}

func notInName(r rune) bool {
	return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("._-", r))
}

// packageOf is the import path in the full name of a function.
func packageOf(function string) string {
	slash := strings.LastIndexByte(function, '/')
	dot := strings.IndexByte(function[slash+1:], '.')
	if dot < 0 {
		return function
	}
	return function[:slash+1+dot]
}

// RegisterRoute has a registered filter take configurations of routes: parse makes of the filter_config what [Stream.Route] returns for
// requests of that route. Like Register it is for init functions, after that call.
func RegisterRoute(name string, parse func(config []byte) (any, error)) {
	r := registrations[name]
	if r == nil || r.route != nil || parse == nil {
		panic(fmt.Sprintf("httpfilter: routes of %q: register the filter first, and its routes once", name))
	}
	r.route = parse
}

// Names lists the registered filters in alphabetical order.
func Names() []string { return slices.Sorted(maps.Keys(registrations)) }

// Package returns the import path of the package that has registered a filter; empty for an unknown name.
func Package(name string) string {
	if r := registrations[name]; r != nil {
		return r.pkg
	}
	return ""
}

func init() { httplink.Provide(filters{}) }

// filters implements [httplink.Filters].
type filters struct{}

func (filters) Names() []string { return Names() }

func (filters) OpenRoute(name string, config []byte) (_ any, err error) {
	r := registrations[name]
	switch {
	case r == nil:
		return nil, fmt.Errorf("filter_name: %q is unknown: %s", name, known())
	case r.route == nil:
		return nil, fmt.Errorf("the filter %s takes no configuration of a route: leave it out, or give FilterConfig {disabled: true}", name)
	}
	defer recovered(&err)
	v, err := r.route(config)
	if err != nil {
		return nil, fmt.Errorf("filter_config: %w", err)
	}
	return v, nil
}

// known lists what a configuration may name.
func known() string {
	if len(registrations) == 0 {
		return fmt.Sprintf("give %q; this library has no other HTTP filter", reserved)
	}
	return fmt.Sprintf("give %q or one of %s", reserved, strings.Join(Names(), ", "))
}

// recovered is to be deferred: it makes a panic an error.
func recovered(err *error) {
	if r := recover(); r != nil {
		*err = fmt.Errorf("panic: %v", r)
	}
}
