//go:build e2e

package soak

import (
	"bufio"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/proxylib/proxylib/test/envoy"
	"github.com/proxylib/proxylib/test/faults"
)

func TestAMillionConnectionsThroughTheCFunctionsLeaveNothingBehind(t *testing.T) {
	h := startHost(t)
	h.do("open policy-path=../chost/testdata/policy.yaml")
	for _, parser := range []string{"r2d2", "memcache"} {
		h.connect(parser, warm)
		memory, threads := h.usage()
		h.connect(parser, million)
		grownMemory, grownThreads := h.usage()
		t.Logf("%s: %d MiB and %d threads, after %d MiB and %d", parser, grownMemory/faults.MiB, grownThreads,
			memory/faults.MiB, threads)
		if grownMemory > memory+16*faults.MiB {
			t.Errorf("%s: the process takes %d MiB, and took %d before", parser, grownMemory/faults.MiB, memory/faults.MiB)
		}
		if grownThreads > threads+4 {
			t.Errorf("%s: the process has %d threads, and had %d before", parser, grownThreads, threads)
		}
	}
}

// hostProgram is the C program of test/chost with the library that make all has built.
type hostProgram struct {
	t       *testing.T
	command *exec.Cmd
	input   io.WriteCloser
	output  *bufio.Scanner
}

// startHost builds the program and runs it until the test ends.
func startHost(t *testing.T) *hostProgram {
	t.Helper()
	root, err := envoy.Root()
	if err != nil {
		t.Fatal(err)
	}
	sources, err := filepath.Glob("../chost/src/*.c")
	if err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(t.TempDir(), "chost")
	args := append([]string{"-std=gnu11", "-O2", "-o", program}, sources...)
	if out, err := exec.Command("gcc", append(args, "-ldl", "-lpthread")...).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	h := &hostProgram{t: t, command: exec.Command(program, filepath.Join(root, "build", "libproxylib.so"))}
	h.command.Stderr = t.Output()
	h.start()
	return h
}

func (h *hostProgram) start() {
	h.t.Helper()
	var err error
	if h.input, err = h.command.StdinPipe(); err != nil {
		h.t.Fatal(err)
	}
	output, err := h.command.StdoutPipe()
	if err != nil {
		h.t.Fatal(err)
	}
	h.output = bufio.NewScanner(output)
	if err := h.command.Start(); err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() {
		h.input.Close()
		if err := h.command.Wait(); err != nil {
			h.t.Error(err)
		}
	})
}

// do gives a command, which has to be answered with ok.
func (h *hostProgram) do(command string) {
	h.t.Helper()
	fmt.Fprintln(h.input, command)
	for h.output.Scan() {
		switch h.output.Text() {
		case "ok":
			return
		case "failed":
			h.t.Fatalf("%s has failed", command)
		}
	}
	h.t.Fatalf("%s: the program has ended", command)
}

// connect opens and closes count connections in total, on two threads.
func (h *hostProgram) connect(parser string, count int) {
	h.t.Helper()
	h.do(fmt.Sprintf("connections ../chost/testdata/bench.txt %s 2 %d", parser, count/2))
}

func (h *hostProgram) usage() (memory, threads int) {
	h.t.Helper()
	memory, err := faults.Resident(h.command.Process.Pid)
	if err == nil {
		threads, err = faults.Threads(h.command.Process.Pid)
	}
	if err != nil {
		h.t.Fatal(err)
	}
	return memory, threads
}
