//go:build e2e

package e2e

import (
	"bufio"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/proxylib/proxylib/test/envoy"
)

// publicRules is a policy for everybody.
const publicRules = "allow:\n- {command: get, keyPrefix: public/}\n- {command: set, keyPrefix: public/}\n"

// running is a command of the command line that goes on until it is interrupted.
type running struct {
	*fixture
	command *exec.Cmd
	// addr is where it listens, lines are those of its standard output.
	addr  string
	lines chan string
}

// start runs a command until it says where it listens.
func (s *fixture) start(args ...string) *running {
	s.t.Helper()
	root, err := envoy.Root()
	if err != nil {
		s.t.Fatal(err)
	}
	r := &running{fixture: s, command: exec.Command(filepath.Join(root, "build", "proxylib"), args...), lines: make(chan string, 100)}
	out, err := r.command.StdoutPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	said, err := r.command.StderrPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	r.command.Dir = root
	if err := r.command.Start(); err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { r.command.Process.Kill() })
	go func() {
		defer close(r.lines)
		for scanner := bufio.NewScanner(out); scanner.Scan(); {
			r.lines <- scanner.Text()
		}
	}()
	listens := regexp.MustCompile(`listens on (\S+),`)
	var log strings.Builder
	scanner := bufio.NewScanner(said)
	for r.addr == "" && scanner.Scan() {
		log.WriteString(scanner.Text() + "\n")
		if found := listens.FindStringSubmatch(scanner.Text()); found != nil {
			r.addr = found[1]
		}
	}
	if r.addr == "" {
		s.t.Fatalf("%q does not listen:\n%s", args, log.String())
	}
	go func() {
		for scanner.Scan() {
		}
	}()
	return r
}

// interrupt ends it as Ctrl-C does.
func (r *running) interrupt() {
	r.t.Helper()
	if err := r.command.Process.Signal(syscall.SIGINT); err != nil {
		r.t.Fatal(err)
	}
	for range r.lines {
	}
	if err := r.command.Wait(); err != nil {
		r.t.Errorf("it has ended with %v", err)
	}
	if conn, err := net.Dial("tcp", r.addr); err == nil {
		conn.Close()
		r.t.Error("somebody listens after the end")
	}
}

// talk requires the verdicts of publicRules, and what is printed of them.
func (r *running) talk() {
	r.t.Helper()
	p := dial(r.t, r.addr)
	p.send("set public/a 0 0 1\r\nA\r\nget secret/a\r\nget public/a\r\n")
	p.expect("STORED\r\n" + refusal + "VALUE public/a 0 1\r\nA\r\nEND\r\n")
	seen := map[string]int{}
	for n := 0; n < 3; {
		select {
		case line := <-r.lines:
			if word, _, _ := strings.Cut(line, " "); word != "response" {
				seen[word]++
				n++
			}
		case <-time.After(patience):
			r.t.Fatalf("lines are missing, there are %v", seen)
		}
	}
	if seen["request"] != 2 || seen["denied"] != 1 {
		r.t.Errorf("the lines are %v", seen)
	}
	p.Close()
}

func TestRunAndProxyShowTheSameVerdicts(t *testing.T) {
	s := newFixture(t)
	policy := filepath.Join(s.dir, "rules.yaml")
	if err := os.WriteFile(policy, []byte(publicRules), 0o600); err != nil {
		t.Fatal(err)
	}
	upstream := s.startMemcached()
	_, port, _ := net.SplitHostPort(upstream)
	resources := filepath.Join(s.dir, "resources.yaml")
	if err := os.WriteFile(resources, []byte(strings.Replace(policyText, "port: 11211", "port: "+port, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{policy, resources} {
		for _, command := range []string{"run", "proxy"} {
			r := s.start(command, "--parser", "memcache", "--upstream", upstream, "--listen", "127.0.0.1:0", "--policy", file)
			r.talk()
			r.interrupt()
		}
	}
}

func TestRunFailsWithEnvoysReason(t *testing.T) {
	s := newFixture(t)
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	root, err := envoy.Root()
	if err != nil {
		t.Fatal(err)
	}
	command := exec.Command(filepath.Join(root, "build", "proxylib"), "run", "-p", "memcache", "-u", s.startMemcached(), "-l", taken.Addr().String())
	command.Dir = root
	out, err := command.CombinedOutput()
	if err == nil || !strings.Contains(string(out), "Address already in use") || !strings.Contains(string(out), "Error: envoy has ended: ") {
		t.Errorf("got %v\n%s", err, out)
	}
}

func TestThePrintedConfigurationIsValidForEnvoy(t *testing.T) {
	s := newFixture(t)
	rules := filepath.Join(s.dir, "rules.yaml")
	if err := os.WriteFile(rules, []byte(publicRules), 0o600); err != nil {
		t.Fatal(err)
	}
	root, err := envoy.Root()
	if err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"-u", "127.0.0.1:11211"}, {"-u", "127.0.0.1:11211", "--policy", rules}, {"-u", "127.0.0.1:11211", "--policy", s.policy},
		{"-u", "cache.example.com:11211", "--policy", rules},
	} {
		command := exec.Command(filepath.Join(root, "build", "proxylib"), append([]string{"envoy-config", "-p", "memcache"}, args...)...)
		text, err := command.Output()
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(s.dir, "envoy.yaml")
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		validate := exec.Command(filepath.Join(root, "build", "envoy", *version, "envoy"), "--mode", "validate", "--use-dynamic-base-id", "-c", path)
		validate.Env = append(os.Environ(), "ENVOY_DYNAMIC_MODULES_SEARCH_PATH="+filepath.Join(root, "build"))
		if out, err := validate.CombinedOutput(); err != nil {
			t.Errorf("%q: %v\n%s", args, err, out)
		}
	}
}
