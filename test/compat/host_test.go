package compat

import (
	"bufio"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// patience is how long a test waits for what has to come.
const patience = 20 * time.Second

// host is a process that has loaded a library and calls its five functions; see test/chost.
type host struct {
	tb    testing.TB
	input io.WriteCloser
	lines chan string
	log   *journal
}

// load starts a host with a library. It ends with the test and must not have crashed.
func load(tb testing.TB, library string) *host {
	tb.Helper()
	cmd := exec.Command(built.host, library)
	h := &host{tb: tb, lines: make(chan string), log: &journal{}}
	cmd.Stderr = h.log
	input, err := cmd.StdinPipe()
	if err != nil {
		tb.Fatal(err)
	}
	h.input = input
	output, err := cmd.StdoutPipe()
	if err != nil {
		tb.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	go func() {
		defer close(h.lines)
		scanner := bufio.NewScanner(output)
		scanner.Buffer(nil, 1<<24)
		for scanner.Scan() {
			h.lines <- scanner.Text()
		}
	}()
	tb.Cleanup(func() {
		input.Close()
		for range h.lines {
		}
		if err := cmd.Wait(); err != nil {
			tb.Errorf("the host has ended with %v:\n%s", err, h.log)
		}
	})
	return h
}

// do gives a command, which must be carried out, and returns what it prints.
func (h *host) do(command string, args ...any) []string {
	h.tb.Helper()
	command = fmt.Sprintf(command, args...)
	printed, ok := h.give(command)
	if !ok {
		h.tb.Fatalf("%s failed:\n%s\n%s", command, strings.Join(printed, "\n"), h.log)
	}
	return printed
}

// carriesOut reports whether a command is carried out.
func (h *host) carriesOut(command string) bool {
	h.tb.Helper()
	_, ok := h.give(command)
	return ok
}

// give gives a command, and returns what it prints and whether it was carried out.
func (h *host) give(command string) (printed []string, ok bool) {
	h.tb.Helper()
	if _, err := fmt.Fprintln(h.input, command); err != nil {
		h.tb.Fatalf("%s: %v\n%s", command, err, h.log)
	}
	timeout := time.After(time.Minute)
	for {
		select {
		case line, open := <-h.lines:
			switch {
			case !open:
				h.tb.Fatalf("%s: the host has ended:\n%s", command, h.log)
			case line == "ok" || line == "failed":
				return printed, line == "ok"
			}
			printed = append(printed, line)
		case <-timeout:
			h.tb.Fatalf("%s: no end:\n%s", command, h.log)
		}
	}
}

// sockets are those that the agent makes for a library.
type sockets struct{ xds, log string }

// open opens an instance with the parameters that the agent passes, and no others.
func (h *host) open(s sockets) {
	h.tb.Helper()
	h.do("open xds-path=%s access-log-path=%s", s.xds, s.log)
}
