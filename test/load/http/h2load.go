package main

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/proxylib/proxylib/test/load/processor"
)

var (
	finished = regexp.MustCompile(`finished in [^,]+, ([0-9.]+) req/s`)
	statuses = regexp.MustCompile(`status codes: (\d+) 2xx, 0 3xx, 0 4xx, 0 5xx`)
)

// load loads a way for a time. All replies must be those of the server.
func (s *setup) load(way string, seconds float64) (c cell, err error) {
	args, err := s.arguments(way, seconds)
	if err != nil {
		return c, err
	}
	before, err := processor.Read(s.proxy.PID())
	if err != nil {
		return c, err
	}
	out, err := exec.Command("h2load", args...).CombinedOutput()
	if err != nil {
		return c, fmt.Errorf("h2load: %w: run make deps\n%s", err, out)
	}
	after, err := processor.Read(s.proxy.PID())
	if err != nil {
		return c, err
	}
	rate, ok := finished.FindSubmatch(out), statuses.FindSubmatch(out)
	if rate == nil || ok == nil {
		return c, fmt.Errorf("h2load reports\n%s", out)
	}
	requests, err := strconv.ParseUint(string(ok[1]), 10, 64)
	if err != nil || requests == 0 {
		return c, errors.New("there were no requests")
	}
	if c.rate, err = strconv.ParseFloat(string(rate[1]), 64); err != nil {
		return c, err
	}
	c.cpu = (after.Process - before.Process) / time.Duration(requests)
	c.others = after.Others(before.Usage)
	if err := s.readTimes(&c); err != nil {
		return c, err
	}
	if err := s.counted(way, requests); err != nil {
		return c, err
	}
	return c, s.rest()
}

// arguments are those of h2load.
func (s *setup) arguments(way string, seconds float64) ([]string, error) {
	file := filepath.Join(s.dir, "targets")
	var uris strings.Builder
	for _, target := range targets {
		fmt.Fprintf(&uris, "http://127.0.0.1:%s%s\n", s.ports[way], target)
	}
	if err := os.WriteFile(file, []byte(uris.String()), 0o600); err != nil {
		return nil, err
	}
	if err := os.Remove(s.times()); err != nil && !os.IsNotExist(err) {
		return nil, err
	}
	args := []string{"-i", file, "-c", strconv.Itoa(s.connections), "-t", "1", "-H", "user-agent: load", "--log-file", s.times()}
	if s.rate > 0 {
		// It takes no time with a rate.
		requests := int(math.Ceil(seconds)) * s.rate * s.connections
		args = append(args, "--rps", strconv.Itoa(s.rate), "-n", strconv.Itoa(requests))
	} else {
		args = append(args, "-D", fmt.Sprintf("%dms", int(seconds*1000)))
	}
	if way == "paused" {
		args = append(args, "-H", "x-do: wait")
	}
	if s.http2 {
		return append(args, "-m", strconv.Itoa(s.streams)), nil
	}
	return append(args, "--h1"), nil
}

// times is the file in which h2load writes how long each request took.
func (s *setup) times() string { return filepath.Join(s.dir, "times") }

func (s *setup) readTimes(c *cell) error {
	text, err := os.ReadFile(s.times())
	if err != nil {
		return err
	}
	times, err := timesOf(text)
	if err != nil || len(times) == 0 {
		return fmt.Errorf("the log of h2load has no times: %w", err)
	}
	c.p50, c.p99 = quantile(times, 0.50), quantile(times, 0.99)
	return nil
}

// timesOf reads the third column of the log, in microseconds, and sorts.
func timesOf(log []byte) (times []time.Duration, err error) {
	for line := range bytes.Lines(log) {
		fields := bytes.Fields(line)
		if len(fields) < 3 {
			return nil, fmt.Errorf("line %q", line)
		}
		n, err := strconv.ParseInt(string(fields[2]), 10, 64)
		if err != nil {
			return nil, err
		}
		times = append(times, time.Duration(n)*time.Microsecond)
	}
	slices.Sort(times)
	return times, nil
}

// quantile is the least of sorted times that a share of them does not exceed.
func quantile(times []time.Duration, q float64) time.Duration {
	return times[min(int(math.Ceil(q*float64(len(times))))-1, len(times)-1)]
}

const (
	restEvery  = 20 * time.Millisecond
	restShare  = 0.02
	restAtMost = 2 * time.Second
)

// rest waits until Envoy has nothing left to do, such as to write its logs: the next cell must not pay for that.
func (s *setup) rest() error {
	last, err := processor.Time(s.proxy.PID())
	for deadline := time.Now().Add(restAtMost); err == nil && time.Now().Before(deadline); {
		time.Sleep(restEvery)
		now, failed := processor.Time(s.proxy.PID())
		if failed != nil || now-last < time.Duration(restShare*float64(restEvery)) {
			return failed
		}
		last = now
	}
	return err
}

// counted requires that the policy filter has counted as many requests as there were replies, and denied none.
func (s *setup) counted(way string, requests uint64) error {
	if way != "policy" {
		return nil
	}
	before := s.passed
	body, err := s.admin.Get("/stats?filter=proxylib.http.(passed|denied)")
	if err != nil {
		return err
	}
	denied := uint64(0)
	for line := range strings.Lines(string(body)) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		n, err := strconv.ParseUint(value, 10, 64)
		if err != nil {
			return err
		}
		if strings.HasSuffix(name, ".denied") {
			denied = n
		} else {
			s.passed = n
		}
	}
	if denied > 0 || s.passed-before < requests {
		return fmt.Errorf("of %d requests %d are counted, %d denied", requests, s.passed-before, denied)
	}
	return nil
}
