//go:build e2e

package main

import (
	"bufio"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

var envoyVersion = flag.String("envoy", "1.40.0", "version of Envoy")

// demo is a demo that holds, without standard input.
type demo struct {
	t       *testing.T
	command *exec.Cmd
	lines   chan string
}

func startDemo(t *testing.T) *demo {
	t.Helper()
	program := filepath.Join(t.TempDir(), "demo")
	if out, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	d := &demo{t: t, command: exec.Command(program, "-hold", "-envoy", *envoyVersion), lines: make(chan string, 1000)}
	output, err := d.command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := d.command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.command.Process.Kill() })
	go func() {
		defer close(d.lines)
		for scanner := bufio.NewScanner(output); scanner.Scan(); {
			d.lines <- scanner.Text()
		}
	}()
	return d
}

// until returns the first line in which the expression finds something, and what its group stands for.
func (d *demo) until(expression string) string {
	d.t.Helper()
	find := regexp.MustCompile(expression)
	timeout := time.After(30 * time.Second)
	for {
		select {
		case line, ok := <-d.lines:
			if !ok {
				d.t.Fatalf("the demo has ended before a line with %q", expression)
			}
			if found := find.FindStringSubmatch(line); found != nil {
				return found[len(found)-1]
			}
		case <-timeout:
			d.t.Fatalf("no line with %q", expression)
		}
	}
}

func TestADemoThatHoldsNeedsNoInputAndShowsARefusedPolicy(t *testing.T) {
	d := startDemo(t)
	policy := d.until(`^policy +(/\S+)$`)
	log := d.until(`^Envoy's log +(/\S+)$`)
	d.until("Ctrl-C ends it")
	if _, err := os.Stat(log); err != nil {
		t.Error(err)
	}
	text, err := os.ReadFile(policy)
	if err != nil {
		t.Fatal(err)
	}
	broken := strings.Replace(string(text), "command:", "comand:", 1)
	if err := os.WriteFile(policy, []byte(broken), 0o600); err != nil {
		t.Fatal(err)
	}
	d.until("policy file is refused.*comand")

	if err := d.command.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	for range d.lines {
	}
	if err := d.command.Wait(); err != nil {
		t.Errorf("the demo ended with %v", err)
	}
	if _, err := os.Stat(filepath.Dir(policy)); !os.IsNotExist(err) {
		t.Errorf("the demo leaves its folder behind: %v", err)
	}
}
