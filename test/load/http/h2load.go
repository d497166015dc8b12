package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
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
	file := filepath.Join(s.dir, "targets")
	var uris strings.Builder
	for _, target := range targets {
		fmt.Fprintf(&uris, "http://127.0.0.1:%s%s\n", s.ports[way], target)
	}
	if err := os.WriteFile(file, []byte(uris.String()), 0o600); err != nil {
		return c, err
	}
	args := []string{"-i", file, "-c", strconv.Itoa(s.connections), "-t", "1", "-D", fmt.Sprintf("%dms", int(seconds*1000)), "-H", "user-agent: load"}
	if way == "paused" {
		args = append(args, "-H", "x-do: wait")
	}
	if s.http2 {
		args = append(args, "-m", strconv.Itoa(s.streams))
	} else {
		args = append(args, "--h1")
	}
	before, err := processor.Time(s.proxy.PID())
	if err != nil {
		return c, err
	}
	out, err := exec.Command("h2load", args...).CombinedOutput()
	if err != nil {
		return c, fmt.Errorf("h2load: %w: run make deps\n%s", err, out)
	}
	after, err := processor.Time(s.proxy.PID())
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
	c.cpu = (after - before) / time.Duration(requests)
	return c, s.counted(way, requests)
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
