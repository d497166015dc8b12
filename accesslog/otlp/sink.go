package otlp

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"sync"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlplog/otlploggrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlplog/otlploghttp"
	"go.opentelemetry.io/otel/log"
	sdk "go.opentelemetry.io/otel/sdk/log"
	"go.opentelemetry.io/otel/sdk/resource"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"google.golang.org/protobuf/proto"

	"github.com/proxylib/proxylib/accesslog/sink"
	"github.com/proxylib/proxylib/api/cilium"
)

const (
	// maxBatch is the number of records that are sent at once at most.
	maxBatch = 512
	// exportWithin is how long one batch may take, with what is tried again.
	exportWithin = 5 * time.Second
	// shutdownWithin is how long the connection may take to close.
	shutdownWithin = time.Second
)

// Config says where records go, and what is in them.
type Config struct {
	// Endpoint is the URL of the collector: http://HOST:4318 or https://… for OTLP over HTTP, with the path /v1/logs unless it has
	// another, grpc://HOST:4317 or grpcs://… for OTLP over gRPC. Certificates, headers and such are those that the environment
	// variables of the OpenTelemetry specification say, as OTEL_EXPORTER_OTLP_CERTIFICATE.
	Endpoint string
	// Headers are sent with each request, such as a token.
	Headers map[string]string
	// Service is the service.name of the records.
	Service string
	// Parser returns what the fields of a parser stand for, by its name; nil knows none.
	Parser func(name string) Parser
}

// Parser says what the entries of a parser stand for.
type Parser struct {
	// System is the db.system.name; empty is none.
	System string
	// Attributes are the names of attributes, by those of fields. Other fields are in the attribute proxylib.field and their name.
	Attributes map[string]string
}

// Sink is a [sink.Sink] that sends entries to a collector. A collector that is not there costs entries, which are counted.
type Sink struct {
	config   Config
	exporter sdk.Exporter
	provider *sdk.LoggerProvider
	logger   log.Logger
	// batch are the records that wait, and lost the entries that were lost before them.
	batch []sdk.Record
	// ctx ends when the sink must not wait any more.
	ctx    context.Context
	cancel context.CancelFunc

	mu    sync.Mutex
	stats sink.Stats
	// unreported is how many lost entries no record has reported.
	unreported uint64
	// reporting is how many are reported by the records of the batch.
	reporting uint64
}

// New makes a sink. It connects to nothing before there are entries. The error names what is wrong with the endpoint.
func New(config Config) (*Sink, error) {
	exporter, err := newExporter(config)
	if err != nil {
		return nil, err
	}
	s := &Sink{config: config, exporter: exporter}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.provider = sdk.NewLoggerProvider(sdk.WithProcessor((*batcher)(s)), sdk.WithResource(
		resource.NewWithAttributes(semconv.SchemaURL, semconv.ServiceName(config.Service))))
	s.logger = s.provider.Logger("github.com/proxylib/proxylib", log.WithSchemaURL(semconv.SchemaURL))
	return s, nil
}

// CheckEndpoint returns an error if records cannot be sent to a URL. It says what to write.
func CheckEndpoint(endpoint string) error {
	_, err := parseEndpoint(endpoint)
	return err
}

func parseEndpoint(endpoint string) (*url.URL, error) {
	u, err := url.Parse(endpoint)
	if err == nil && u.Host != "" {
		switch u.Scheme {
		case "http", "https":
			return u, nil
		case "grpc", "grpcs":
			if u.Path == "" || u.Path == "/" {
				return u, nil
			}
		}
	}
	return nil, fmt.Errorf("%.128q is not the URL of a collector: give one such as http://localhost:4318 or grpc://localhost:4317", endpoint)
}

func newExporter(config Config) (sdk.Exporter, error) {
	u, err := parseEndpoint(config.Endpoint)
	if err != nil {
		return nil, err
	}
	switch u.Scheme {
	case "grpc", "grpcs":
		options := []otlploggrpc.Option{otlploggrpc.WithEndpoint(u.Host), otlploggrpc.WithHeaders(config.Headers), otlploggrpc.WithTimeout(exportWithin)}
		if u.Scheme == "grpc" {
			options = append(options, otlploggrpc.WithInsecure())
		}
		return otlploggrpc.New(context.Background(), options...)
	}
	if u.Path == "" || u.Path == "/" {
		u.Path = "/v1/logs"
	}
	return otlploghttp.New(context.Background(), otlploghttp.WithEndpointURL(u.String()), otlploghttp.WithHeaders(config.Headers),
		otlploghttp.WithTimeout(exportWithin))
}

// batcher is the sink as what collects the records of its logger.
type batcher Sink

func (b *batcher) OnEmit(_ context.Context, record *sdk.Record) error {
	b.batch = append(b.batch, record.Clone())
	return nil
}

func (*batcher) Enabled(context.Context, sdk.EnabledParameters) bool { return true }
func (*batcher) Shutdown(context.Context) error                      { return nil }
func (*batcher) ForceFlush(context.Context) error                    { return nil }

// Name implements [sink.Sink].
func (s *Sink) Name() string { return s.config.Endpoint }

var errQueueFull = errors.New("the queue was full: the collector is too slow or the queue too small")

// Write implements [sink.Sink].
func (s *Sink) Write(entry []byte, lost uint64) {
	s.Discard(lost, errQueueFull)
	var e cilium.LogEntry
	if err := proto.Unmarshal(entry, &e); err != nil {
		s.Discard(1, err)
		return
	}
	record := s.record(&e)
	if s.unreported > 0 {
		record.AddAttributes(attribute.Int64("proxylib.lost", int64(s.unreported)))
		s.reporting, s.unreported = s.reporting+s.unreported, 0
	}
	s.logger.Emit(s.ctx, record)
	if len(s.batch) >= maxBatch {
		s.Flush()
	}
}

// Flush implements [sink.Sink].
func (s *Sink) Flush() {
	n := uint64(len(s.batch))
	if n == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(s.ctx, exportWithin)
	err := s.exporter.Export(ctx, s.batch)
	cancel()
	clear(s.batch)
	s.batch = s.batch[:0]
	if err != nil {
		// What these would have reported is still to be.
		s.unreported += s.reporting
		s.reporting = 0
		s.Discard(n, err)
		return
	}
	s.reporting = 0
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stats.Delivered += n
}

// Discard implements [sink.Sink].
func (s *Sink) Discard(n uint64, cause error) {
	if n == 0 {
		return
	}
	s.unreported += n
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stats.Lost += n
	s.stats.Cause = cause
}

// Stats implements [sink.Sink].
func (s *Sink) Stats() sink.Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stats
}

// Interrupt ends what the sink waits for. It may be called from any thread, and is for a process that ends.
func (s *Sink) Interrupt() { s.cancel() }

// Close implements [sink.Sink].
func (s *Sink) Close() error {
	s.Flush()
	s.cancel()
	ctx, cancel := context.WithTimeout(context.Background(), shutdownWithin)
	defer cancel()
	if err := errors.Join(s.provider.Shutdown(ctx), s.exporter.Shutdown(ctx)); err != nil {
		return fmt.Errorf("access log: %s: %w", s.config.Endpoint, err)
	}
	return nil
}
