package collector

import (
	"context"
	"net"
	"slices"
	"sync"

	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/receiver"
	"go.opentelemetry.io/collector/receiver/otlpreceiver"
	"go.opentelemetry.io/collector/receiver/receivertest"
)

// Collector is a receiver on free ports of this machine, which keeps the log records that it gets.
type Collector struct {
	// HTTP and GRPC are the endpoints of access_log, of OTLP over HTTP and over gRPC.
	HTTP, GRPC string
	receiver   receiver.Logs

	mu      sync.Mutex
	records []Record
}

// Record is a log record, with all its attributes and those of its resource.
type Record struct {
	Event, Severity, Body string
	Time                  int64
	Attributes            map[string]any
}

// Start starts a receiver.
func Start() (*Collector, error) {
	http, err := freeAddress()
	if err != nil {
		return nil, err
	}
	grpc, err := freeAddress()
	if err != nil {
		return nil, err
	}
	c := &Collector{HTTP: "http://" + http, GRPC: "grpc://" + grpc}
	factory := otlpreceiver.NewFactory()
	config := factory.CreateDefaultConfig()
	err = confmap.NewFromStringMap(map[string]any{"protocols": map[string]any{
		"http": map[string]any{"endpoint": http}, "grpc": map[string]any{"endpoint": grpc},
	}}).Unmarshal(config)
	if err != nil {
		return nil, err
	}
	logs, err := consumer.NewLogs(c.take)
	if err != nil {
		return nil, err
	}
	if c.receiver, err = factory.CreateLogs(context.Background(), receivertest.NewNopSettings(factory.Type()), config, logs); err != nil {
		return nil, err
	}
	return c, c.receiver.Start(context.Background(), componenttest.NewNopHost())
}

// Stop ends the receiver.
func (c *Collector) Stop() error { return c.receiver.Shutdown(context.Background()) }

// freeAddress returns an address that was free a moment ago.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

func (c *Collector) take(_ context.Context, logs plog.Logs) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, resource := range logs.ResourceLogs().All() {
		for _, scope := range resource.ScopeLogs().All() {
			for _, r := range scope.LogRecords().All() {
				attributes := r.Attributes().AsRaw()
				for key, value := range resource.Resource().Attributes().AsRaw() {
					attributes[key] = value
				}
				c.records = append(c.records, Record{
					Event: r.EventName(), Severity: r.SeverityText(), Body: r.Body().AsString(), Time: int64(r.Timestamp()), Attributes: attributes,
				})
			}
		}
	}
	return nil
}

// Records returns what has come so far.
func (c *Collector) Records() []Record {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.records)
}
