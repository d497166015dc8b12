package httpfiltertest

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	_ "github.com/proxylib/proxylib/httpfilter" // which provides the filters of httplink
	"github.com/proxylib/proxylib/internal/httplink"
)

// patience is how long a test waits for a filter.
const patience = 10 * time.Second

// Config is an open configuration of a filter. It belongs to the goroutine of its test, unless a comment says otherwise.
type Config struct {
	t      testing.TB
	name   string
	config httplink.Config
	// Clusters respond to requests that filters send to clusters, by the name of the cluster; the others are not known.
	Clusters map[string]func(Message) Message
	// Secrets are the values of secrets of Envoy's, by their names.
	Secrets map[string]string

	wakes   chan struct{}
	secrets []string
	results []func()

	mu      sync.Mutex
	lines   []string
	metrics []metric
	values  map[string]uint64
}

type metric struct {
	kind   httplink.Kind
	name   string
	labels []string
}

// Open opens a configuration of a registered filter until the test ends. The text is its filter_config, and may be empty. Goroutines of
// [httpfilter.Wait] may stay until then: look for those that are left in a cleanup that was registered before.
func Open(t testing.TB, name, config string) *Config {
	t.Helper()
	c, err := TryOpen(t, name, config)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TryOpen is Open for a configuration that may be refused.
func TryOpen(t testing.TB, name, config string) (*Config, error) {
	c := &Config{t: t, name: name, wakes: make(chan struct{}, 1), values: map[string]uint64{}}
	var err error
	if c.config, err = httplink.Provided().Open(name, []byte(config), configHost{c}, false); err != nil {
		return nil, err
	}
	t.Cleanup(c.config.Close)
	return c, nil
}

// Route makes the configuration of a route, for [Stream.Route].
func (c *Config) Route(config string) (any, error) {
	return httplink.Provided().OpenRoute(c.name, []byte(config))
}

// Log returns what the filter has logged, one line each. It may be called from any goroutine.
func (c *Config) Log() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return strings.Join(c.lines, "\n")
}

// Metric returns the value of a counter or a gauge, or the number of values of a histogram, for values of the labels, as far as the filter has shown
// it: call it from [Config.Until].
func (c *Config) Metric(name string, labels ...string) uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.values[name+"\x00"+strings.Join(labels, "\x00")]
}

// Until runs what the filter asks the main thread for, such as requests to clusters from [httpfilter.Config.Tick], until a condition holds.
func (c *Config) Until(condition func() bool) {
	c.t.Helper()
	for deadline := time.Now().Add(patience); !condition(); {
		select {
		case <-c.wakes:
			c.run()
		case <-time.After(time.Millisecond):
		}
		if time.Now().After(deadline) {
			c.t.Fatal("the condition does not hold")
		}
	}
}

// run is the main thread.
func (c *Config) run() {
	c.config.Scheduled()
	results := c.results
	c.results = nil
	for _, result := range results {
		result()
	}
}

// callout returns what a cluster responds.
func (c *Config) callout(o *httplink.Callout) (Message, error) {
	cluster := c.Clusters[o.Cluster]
	if cluster == nil {
		return Message{}, errors.New("is unknown: add it to Envoy's clusters")
	}
	return cluster(Message{Headers: o.Headers, Body: []string{string(o.Body)}}), nil
}

// configHost implements [httplink.ConfigHost].
type configHost struct{ *Config }

func (h configHost) Log(level int, line string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.lines = append(h.lines, line)
}

func (configHost) LogEnabled(int) bool { return true }

func (h configHost) Define(kind httplink.Kind, name string, labels []string) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.metrics = append(h.metrics, metric{kind, name, labels})
	return len(h.metrics) - 1, nil
}

func (configHost) Records() bool { return true }

func (h configHost) Record(kind httplink.Kind, id int, labels []string, value uint64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	m := h.metrics[id]
	if kind != m.kind || len(labels) != len(m.labels) {
		panic(fmt.Sprintf("metric %s is used as another", m.name))
	}
	key := m.name + "\x00" + strings.Join(labels, "\x00")
	switch kind {
	case httplink.Counter:
		h.values[key] += value
	case httplink.Gauge:
		h.values[key] = value
	case httplink.Histogram:
		h.values[key]++
	}
}

func (h configHost) Subscribe(name, _ string) (int, error) {
	h.Config.secrets = append(h.Config.secrets, name)
	return len(h.Config.secrets) - 1, nil
}

func (h configHost) Secret(id int) string { return h.Secrets[h.Config.secrets[id]] }

// WatchFile reads the file once.
func (configHost) WatchFile(path, _ string, take func([]byte)) (func(), error) {
	text, err := os.ReadFile(path)
	if err == nil {
		take(text)
	}
	return func() {}, err
}

func (h configHost) NewScheduler() httplink.Scheduler { return &scheduler{wakes: h.wakes} }

func (h configHost) Callout(o *httplink.Callout) (uint64, error) {
	m, err := h.callout(o)
	if err != nil {
		return 0, err
	}
	h.results = append(h.results, func() {
		h.config.CalloutDone(1, false, m.Headers, []byte(strings.Join(m.Body, "")))
	})
	return 1, nil
}

// scheduler implements [httplink.Scheduler].
type scheduler struct {
	wakes chan struct{}
	mu    sync.Mutex
	// deleted: nobody may use it any longer.
	deleted bool
	onEnd   func()
}

func (s *scheduler) Commit() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.deleted {
		panic("a scheduler is used that was deleted")
	}
	select {
	case s.wakes <- struct{}{}:
	default:
	}
}

func (s *scheduler) Delete() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.deleted {
		panic("a scheduler is deleted twice")
	}
	if s.deleted = true; s.onEnd != nil {
		s.onEnd()
	}
}
