//go:build e2e

package faults

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/proxylib/proxylib/test/envoy"
)

// faultyLibrary builds the library that has the parser test.faulty, unless the one of the flag is it.
func faultyLibrary(t *testing.T) string {
	t.Helper()
	if *library != "" {
		return *library
	}
	root, err := envoy.Root()
	if err != nil {
		t.Fatal(err)
	}
	// The go command does nothing for all tests but the first.
	dir := filepath.Join(root, "build", "faulty")
	build := exec.Command("go", "build", "-trimpath", "-buildmode=c-shared", "-o", filepath.Join(dir, "libproxylib.so"),
		"../faulty")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return dir
}

func TestRepeatedPanicsCloseTheirConnectionsAloneAndAreVisible(t *testing.T) {
	const panics, steady = 200, 4
	s, mirror := newSetup(t, R2D2), serveMirror(t)
	s.Library = faultyLibrary(t)
	settings := s.Settings()
	settings["parser"] = "test.faulty"
	s.Start(*version, mirror, settings)

	stop, stopped := make(chan struct{}), make(chan int, steady)
	for range steady {
		conn := s.dial()
		go func() {
			n := 0
			for ; ; n++ {
				select {
				case <-stop:
					stopped <- n
					return
				default:
				}
				conn.SetDeadline(time.Now().Add(Patience))
				if _, err := conn.Write([]byte("well\n")); err != nil {
					t.Errorf("a connection without a defect: %v", err)
				}
				if got := make([]byte, 5); !readFull(conn, got) || string(got) != "well\n" {
					t.Errorf("a connection without a defect got %q", got)
					stopped <- n
					return
				}
			}
		}()
	}
	for range panics {
		conn := s.dial()
		send(t, conn, "PANIC\n")
		requireEnd(t, conn, "")
	}
	close(stop)
	for range steady {
		if n := <-stopped; n < panics/10 {
			t.Errorf("a connection without a defect got %d replies", n)
		}
	}
	s.requireCounter("panics", panics)
	s.requireTold("a parser panicked, and its connection is closed")
	for _, part := range []string{"parser=test.faulty", "defectivePart"} {
		if !strings.Contains(s.Proxy.Log(), part) {
			t.Errorf("Envoy's log lacks %s", part)
		}
	}
}
