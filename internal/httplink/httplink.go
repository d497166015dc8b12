package httplink

import "time"

// Header is a line of a header. Names are in lower case.
type Header struct{ Name, Value string }

// Map names one of the four header maps of a stream. The numbers are Envoy's.
type Map int

// The maps.
const (
	RequestHeaders Map = iota
	RequestTrailers
	ResponseHeaders
	ResponseTrailers
)

// Op is what an edit does.
type Op int

// The operations. Set removes all lines of a name first.
const (
	Set Op = iota
	Add
	Remove
)

// Edit is a change of a header map.
type Edit struct {
	Op          Op
	Name, Value string
}

// Status is what a host does after a hook.
type Status int

const (
	// Continue has what the hook was about pass.
	Continue Status = iota
	// Gather holds it; the hooks for what follows are called, and the body is buffered.
	Gather
	// Pause holds it, with back-pressure, until [Stream.Scheduled] has the host continue. After a pause at headers no hook of that
	// direction is called before.
	Pause
	// Refuse is for a message whose place a reply has taken, or whose stream is reset.
	Refuse
)

// Next is what a host does after [Stream.Scheduled].
type Next int

const (
	// Nothing is to be done.
	Nothing Next = 0
	// ContinueRequest continues a request that is held.
	ContinueRequest Next = 1
	// ContinueResponse continues a response that is held. The two never come together.
	ContinueResponse Next = 2
	// Again has the host call Scheduled again afterwards, unless the stream is gone.
	Again Next = 4
)

// Facts are what a host knows of a request beside its headers. Empty texts are not known.
type Facts struct {
	Connection                           uint64
	Protocol, Source, Destination, Route string
}

// Callout is a request to a cluster of the host. Headers have :method, :path and host.
type Callout struct {
	Cluster string
	Headers []Header
	Body    []byte
	Timeout time.Duration
}

// Kind is the kind of a metric.
type Kind int

// The kinds.
const (
	Counter Kind = iota
	Gauge
	Histogram
)

// Filters are the registered filters.
type Filters interface {
	// Names lists them in alphabetical order.
	Names() []string
	// Open makes a configuration. The caller closes it. While the host only validates, nothing is started.
	Open(name string, config []byte, host ConfigHost, validating bool) (Config, error)
	// OpenRoute makes the configuration of a route.
	OpenRoute(name string, config []byte) (any, error)
}

// Config is an open configuration. Hooks are called on the main thread, NewStream on any.
type Config interface {
	NewStream(host StreamHost) Stream
	// Scheduled is called after [Scheduler.Commit].
	Scheduled()
	CalloutDone(id uint64, failed bool, headers []Header, body []byte)
	// Close ends everything that the configuration has started, without waiting for it.
	Close()
	// SeesBodies reports whether [Stream.Body] is to be called for the bodies of requests and of responses. Where it is not, it need
	// not be called for streams that have not refused.
	SeesBodies() (request, response bool)
}

// Stream is a stream. All methods are called on its thread, some perhaps from inside of calls of the host. Texts and bytes are the
// callee's. After a panic of an author's it has returned Refuse.
type Stream interface {
	Headers(reply bool, headers []Header, end bool) Status
	Body(reply, end bool) Status
	Trailers(reply bool, headers []Header) Status
	// Scheduled is called after [Scheduler.Commit]. It returns what is to be done, outside of it.
	Scheduled() Next
	CalloutDone(id uint64, failed bool, headers []Header, body []byte)
	// Complete is called when the stream ends, with the status of the reply or 0. Not every host calls it. After it, nothing has to be
	// called.
	Complete(status int)
	// Gone is called last. The host of the stream is not called from it, nor later.
	Gone()
}

// Scheduler has a host call Scheduled on the thread of a stream, or of a configuration.
type Scheduler interface {
	// Commit may be called from any thread until Delete is, also when the stream has ended. It may call Gone before it returns.
	Commit()
	// Delete is called once.
	Delete()
}

// Recorder takes values of metrics. Counter and histogram add a value, gauge sets one.
type Recorder interface {
	Record(kind Kind, id int, labels []string, value uint64)
	// Secret returns the value of a secret that was subscribed to; empty if there is none yet.
	Secret(id int) string
}

// ConfigHost is the host of a configuration. Where no comment says otherwise, it is called on the main thread.
type ConfigHost interface {
	Recorder
	// Log and LogEnabled may be called from any thread. Levels are those of log/slog.
	Log(level int, line string)
	LogEnabled(level int) bool
	// Define defines a metric while the configuration is made.
	Define(kind Kind, name string, labels []string) (id int, err error)
	// Records reports whether Record works; if it does not, only a stream's does.
	Records() bool
	// Subscribe asks for a secret while the configuration is made. The source is a ConfigSource as JSON; empty for a static secret.
	Subscribe(name, source string) (id int, err error)
	// WatchFile reads a file now and whenever it changes, and calls take from any thread, until close is called. An error is that
	// of the first time; the file is watched in any case.
	WatchFile(path, kind string, take func(text []byte)) (stop func(), err error)
	NewScheduler() Scheduler
	Callout(c *Callout) (id uint64, err error)
}

// StreamHost is the host of a stream. It is called on the stream's thread, before Gone.
type StreamHost interface {
	Recorder
	Facts() Facts
	// RouteConfig is what OpenRoute has made for the route of the request; nil without one.
	RouteConfig() any
	Edit(m Map, edits []Edit)
	// BodySize and Body are about what has been held of a body, and about what the current hook is for. The caller keeps the bytes.
	BodySize(reply bool) (held, received int)
	Body(reply bool) (held, received []byte)
	// SetBody replaces both.
	SetBody(reply bool, body []byte)
	// AllowBuffer makes the limit for a held body at least this many bytes, if the host can.
	AllowBuffer(n int)
	// Reply sends a reply in place of what is not sent yet, and ends the stream.
	Reply(status int, headers []Header, body, details string)
	// ClearRoute has the route chosen again.
	ClearRoute()
	SetMetadata(namespace, key, value string)
	// SetTag sets a tag of the span of the request, if there is one.
	SetTag(key, value string)
	// StartSpan starts a span below that of the request, and returns what ends it; nil if there is no tracing.
	StartSpan(name string) (end func())
	NewScheduler() Scheduler
	Callout(c *Callout) (id uint64, err error)
}

// filters is set by the init function of package httpfilter, and read-only afterwards.
var filters Filters

// Provide makes the registered filters known to hosts.
func Provide(f Filters) { filters = f }

// Provided returns the registered filters.
func Provided() Filters { return filters }
