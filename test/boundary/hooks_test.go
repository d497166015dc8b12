package boundary

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// hooks is a program that acts as Envoy; see src/hooks.c.
type hooks struct {
	command *exec.Cmd
	input   io.Writer
	output  *bufio.Reader
	errors  bytes.Buffer
	// wait waits for the end of the program, once.
	wait func() error
}

const hooksPolicy = `resources:
- endpoint_ips: [127.0.0.1]
  ingress_per_port_policies:
  - port: 4040
    rules: [{l7_proto: r2d2, l7_rules: {l7_allow_rules: [{rule: {cmd: READ, file: ^public/}}]}}]
`

// rerun has results of these tests not be cached when files of folders of the library change: they build it, which go test does not see.
func rerun(tb testing.TB, folders ...string) {
	tb.Helper()
	for _, folder := range folders {
		files, err := filepath.Glob("../../" + folder + "/*.[cgh]*")
		if err != nil || len(files) == 0 {
			tb.Fatalf("%s: %d files, %v", folder, len(files), err)
		}
		for _, file := range files {
			if _, err := os.ReadFile(file); err != nil {
				tb.Fatal(err)
			}
		}
	}
}

// buildHooks builds the library and the program, which watches its memory, and returns the command that runs it.
func buildHooks(tb testing.TB, args ...string) *exec.Cmd {
	tb.Helper()
	rerun(tb, "hosts/envoy", "hosts/internal/guest", "datapath", "proxylib", "proxylib/host")
	dir := tb.TempDir()
	library := filepath.Join(dir, "libproxylib.so")
	build(tb, nil, "go", "build", "-C", "../..", "-trimpath", "-buildmode=c-shared", "-o", library, "./libproxylib")
	policy := filepath.Join(dir, "policy.yaml")
	if err := os.WriteFile(policy, []byte(hooksPolicy), 0o600); err != nil {
		tb.Fatal(err)
	}
	config := fmt.Sprintf(`{"parser": "r2d2", "port": 4040, "policy_name": "127.0.0.1", "policy": {"file": %q}, "access_log": {"file": %q}}`,
		policy, filepath.Join(dir, "access.log"))
	return sanitized(tb, dir, "hooks", append([]string{library, config}, args...)...)
}

// build runs a command with more variables in its environment.
func build(tb testing.TB, env []string, name string, args ...string) {
	tb.Helper()
	command := exec.Command(name, args...)
	command.Env = append(os.Environ(), env...)
	if out, err := command.CombinedOutput(); err != nil {
		tb.Fatalf("%s: %v\n%s", name, err, out)
	}
}

// sanitized builds one of the programs in src, which watches its memory, and returns the command that runs it.
func sanitized(tb testing.TB, dir, name string, args ...string) *exec.Cmd {
	tb.Helper()
	program := filepath.Join(dir, name)
	build(tb, nil, "gcc", "-std=gnu11", "-g", "-O1", "-Wall", "-Wextra", "-Werror", "-rdynamic", "-fsanitize=address,undefined",
		"-fno-sanitize-recover=all", "-o", program, "src/"+name+".c", "src/program.c", "-ldl")
	command := exec.Command(program, args...)
	command.Env = append(os.Environ(), "ASAN_OPTIONS=detect_leaks=0")
	return command
}

// Envoy may have a thread of the library's be the last that holds a connection, and destroy it from inside of the commit.
func TestAConnectionThatEndsInsideOfACommitIsReleased(t *testing.T) {
	out, err := buildHooks(t, "commits").CombinedOutput()
	if err != nil || strings.TrimSpace(string(out)) != "ok" {
		t.Errorf("%v\n%s", err, out)
	}
}

// start runs a program until the test ends.
func start(f *testing.F, command *exec.Cmd) *hooks {
	f.Helper()
	h := &hooks{command: command}
	h.command.Stderr = &h.errors
	var err error
	if h.input, err = h.command.StdinPipe(); err != nil {
		f.Fatal(err)
	}
	output, err := h.command.StdoutPipe()
	if err != nil {
		f.Fatal(err)
	}
	h.output = bufio.NewReader(output)
	if err := h.command.Start(); err != nil {
		f.Fatal(err)
	}
	h.wait = sync.OnceValue(h.command.Wait)
	f.Cleanup(func() {
		h.input.(io.Closer).Close()
		if err := h.wait(); err != nil {
			f.Errorf("the program: %v\n%s", err, &h.errors)
		}
	})
	return h
}

// play plays a script and returns what is wrong.
func (h *hooks) play(script []byte) (string, error) {
	if _, err := h.input.Write(append(binary.LittleEndian.AppendUint32(nil, uint32(len(script))), script...)); err != nil {
		return "", err
	}
	line, err := h.output.ReadString('\n')
	return strings.TrimSpace(line), err
}

// FuzzHooks calls the hooks in any order, and from inside of callbacks, as scripts say. Nothing that policy denies goes
// upstream, and nothing at all after a refusal; nothing is sent or closed after the end; buffers are accessed only
// in their hooks; reading is enabled as often as it is disabled; and the program, which watches its memory, does not crash.
func FuzzHooks(f *testing.F) {
	h := start(f, buildHooks(f))
	f.Add([]byte{0, 0, 4, 1, 0, 4, 5, 0, 1, 2, 0, 3, 0, 0, 4, 2, 3, 4}, uint64(1))
	f.Add([]byte{0, 1, 4, 1, 1, 4, 2, 1, 1, 0, 4, 3, 2, 6, 7, 0, 2, 1, 0, 0}, uint64(2))
	f.Add([]byte{31, 2, 4, 1, 2, 6, 1, 5, 15, 2, 4, 1, 0, 0, 2, 5, 1, 6, 15, 2, 0}, uint64(3))
	f.Add([]byte{0, 3, 4, 0, 3, 4, 3, 1, 1, 1, 0, 1, 3, 1, 4, 1, 6, 3, 3, 3, 0, 1, 1}, uint64(4))
	f.Fuzz(func(t *testing.T, script []byte, seed uint64) {
		h.require(t, script[:min(len(script), 2000)])
		h.requireAny(t, seed, 50, 300)
	})
}

func (h *hooks) require(t *testing.T, script []byte) {
	t.Helper()
	problem, err := h.play(script)
	if err != nil {
		t.Fatalf("%v: the program: %v, %v\n%s", script, err, h.wait(), &h.errors)
	}
	if problem != "ok" {
		t.Fatalf("%v: %s", script, problem)
	}
}

// requireAny plays scripts of random bytes, below a length: the fuzzer does not see which way the program takes, so chance is as
// good a guide.
func (h *hooks) requireAny(t *testing.T, seed uint64, scripts, below int) {
	t.Helper()
	random := rand.NewChaCha8([32]byte(binary.LittleEndian.AppendUint64(make([]byte, 24), seed)))
	for range scripts {
		script := make([]byte, random.Uint64()%uint64(below))
		random.Read(script)
		h.require(t, script)
	}
}
