package httpfilter

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/proxylib/proxylib/internal/httplink"
	"github.com/proxylib/proxylib/internal/overload"
)

// Config is a configuration of a filter. Its methods are for the time of the configure function of [Register] unless their comments say
// otherwise; what they return is for any thread.
type Config struct {
	name   string
	json   []byte
	host   httplink.ConfigHost
	log    *slog.Logger
	filter *Filter
	// routed: routes may have a configuration.
	routed bool
	panics overload.Alarm
	// waiting is the number of messages that wait, crowded counts those that could not.
	waiting atomic.Int64
	crowded overload.Alarm
	// deadlines and runners are those of messages that wait.
	deadlines deadlines
	runners   runners

	ctx    context.Context
	cancel context.CancelFunc
	// err is what went wrong while it was made.
	err     error
	ticks   []func()
	stops   []func()
	secrets []*Secret
	metrics metrics
	// callouts belong to the main thread.
	callouts callouts

	mu    sync.Mutex
	waker *waker
	tasks []func()
}

// Name returns the name of the filter.
func (c *Config) Name() string { return c.name }

// JSON returns the filter_config as it is: the value of a StringValue or a BytesValue, or a Struct as JSON.
func (c *Config) JSON() []byte { return c.json }

// Decode decodes the filter_config, a JSON object, and refuses fields that are not known. An absent filter_config changes nothing.
func (c *Config) Decode(into any) error { return Decode(c.json, into) }

// Decode decodes a configuration, such as that of a route, as [Config.Decode] does.
func Decode(config []byte, into any) error {
	if len(bytes.TrimSpace(config)) == 0 {
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(config))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("is not as wanted: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("is not one JSON value: leave out what follows the first")
	}
	return nil
}

// Log returns a log that writes to Envoy's. It is for any thread, at any time.
func (c *Config) Log() *slog.Logger { return c.log }

// Tick has a function called now and then at an interval, in a goroutine of its own, until the configuration is closed or replaced; it is not called
// while Envoy only validates its configuration. The context ends with the configuration, and serves [Cluster].
func (c *Config) Tick(interval time.Duration, f func(context.Context)) {
	if interval <= 0 {
		c.fail(fmt.Errorf("an interval of %v is too short: give a longer one", interval))
		return
	}
	c.ticks = append(c.ticks, func() {
		ticker := time.NewTicker(interval)
		defer ticker.Stop()
		for c.ctx.Err() == nil {
			c.safely(func() { f(c.ctx) })
			select {
			case <-ticker.C:
			case <-c.ctx.Done():
			}
		}
	})
}

// safely logs a panic of an author's function.
func (c *Config) safely(f func()) {
	defer func() {
		if r := recover(); r != nil {
			c.panics.Raise(func(since, total uint64) {
				c.log.Error(fmt.Sprintf("panic: %v", r), "since_last_report", since, "total", total)
			})
		}
	}()
	f()
}

// fail has the configuration be refused.
func (c *Config) fail(err error) { c.err = errors.Join(c.err, err) }

// Open implements [httplink.Filters].
func (filters) Open(name string, config []byte, host httplink.ConfigHost, validating bool) (httplink.Config, error) {
	r := registrations[name]
	if r == nil {
		return nil, fmt.Errorf("filter_name: %q is unknown: %s", name, known())
	}
	c := &Config{name: name, json: config, host: host, log: newLog(name, host), routed: r.route != nil}
	c.ctx, c.cancel = context.WithCancel(context.WithValue(context.Background(), callerKey{}, caller(c)))
	if err := c.make(r); err != nil {
		c.close()
		return nil, fmt.Errorf("filter_config: %w", err)
	}
	c.metrics.begin(c)
	if !validating {
		c.start()
	}
	return configHooks{c}, nil
}

// make calls the configure function.
func (c *Config) make(r *registration) (err error) {
	defer recovered(&err)
	if c.filter, err = r.configure(c); err != nil || c.err != nil {
		return errors.Join(err, c.err)
	}
	if c.filter == nil || c.filter.New == nil {
		return errors.New("the configure function has returned no filter with New: this is a defect of it")
	}
	for _, b := range []Body{c.filter.RequestBody, c.filter.ResponseBody} {
		if b.mode == whole && b.limit <= 0 {
			return fmt.Errorf("a whole body of at most %d bytes: give a limit above 0", b.limit)
		}
	}
	return nil
}

// start starts what runs beside the streams.
func (c *Config) start() {
	c.waker = newWaker(c.host.NewScheduler())
	c.watchSecrets()
	for _, tick := range c.ticks {
		go tick()
	}
}

// close ends it all, and waits for nothing.
func (c *Config) close() {
	c.cancel()
	c.metrics.end()
	c.runners.close()
	for _, stop := range c.stops {
		stop()
	}
	c.mu.Lock()
	w := c.waker
	c.waker, c.tasks = nil, nil
	c.mu.Unlock()
	w.release()
	if c.filter != nil && c.filter.Close != nil {
		c.safely(c.filter.Close)
	}
}

// post has a function called on the main thread, unless the configuration is closed. It may be called from any thread.
func (c *Config) post(f func()) bool {
	c.mu.Lock()
	w := c.waker
	if w == nil {
		c.mu.Unlock()
		return false
	}
	c.tasks = append(c.tasks, f)
	first := len(c.tasks) == 1
	c.mu.Unlock()
	if first {
		w.wake()
	}
	return true
}

func (c *Config) scheduled() {
	c.mu.Lock()
	tasks := c.tasks
	c.tasks = nil
	c.mu.Unlock()
	for _, task := range tasks {
		c.safely(task)
	}
}

// configHooks implements [httplink.Config].
type configHooks struct{ *Config }

func (h configHooks) NewStream(host httplink.StreamHost) httplink.Stream {
	return hooks{h.newStream(host)}
}

func (h configHooks) Scheduled() { h.scheduled() }

func (h configHooks) CalloutDone(id uint64, failed bool, headers []Header, body []byte) {
	h.callouts.done(id, failed, headers, body)
}

func (h configHooks) SeesBodies() (request, response bool) {
	return h.filter.RequestBody.mode != noBody, h.filter.ResponseBody.mode != noBody
}

func (h configHooks) Close() { h.close() }
