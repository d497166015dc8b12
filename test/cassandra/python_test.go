//go:build e2e

package cassandra

import (
	"bufio"
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/proxylib/proxylib/test/envoy"
)

func TestThePythonDriverGetsTheSameThroughUsAndSeesDenials(t *testing.T) {
	for _, form := range []struct{ version, compression, negotiated string }{
		{"3", "none", "3"}, {"3", "lz4", "3"}, {"3", "snappy", "3"},
		{"4", "none", "4"}, {"4", "lz4", "4"}, {"4", "snappy", "4"},
		{"5", "none", "5"}, {"5", "lz4", "5"}, {"any", "lz4", "5"},
		{"beta", "lz4", "5"},
	} {
		t.Run(form.version+" "+form.compression, func(t *testing.T) {
			s := newStage(t, allowAll)
			secret := s.direct.execute("SELECT * FROM secret.t")
			negotiated := s.runPython(form.version, form.compression)
			if negotiated != "version "+form.negotiated {
				t.Errorf("negotiated: %q", negotiated)
			}
			if !strings.Contains(s.accessLogText(), "unknown prepared query id") {
				t.Error("no statement had to be prepared again")
			}
			if now := s.direct.execute("SELECT * FROM secret.t"); now != secret {
				t.Errorf("secret.t is now %q", now)
			}
		})
	}
}

// runPython runs the client of testdata, gives it the policies that it asks for, and returns the rest of its output.
func (s *stage) runPython(version, compression string) string {
	s.t.Helper()
	root, err := envoy.Root()
	if err != nil {
		s.t.Fatal(err)
	}
	client := exec.Command("python3", filepath.Join("testdata", "python_driver.py"), address, s.proxy.Addr, version,
		compression)
	client.Env = append(os.Environ(), "PYTHONPATH="+filepath.Join(root, "build", "cassandra-python"),
		"PYTHONDONTWRITEBYTECODE=1")
	var failure bytes.Buffer
	client.Stderr = &failure
	in, out := s.pipes(client)
	if err := client.Start(); err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = client.Process.Kill() }()
	rest := s.serve(in, out)
	if err := client.Wait(); err != nil {
		s.t.Errorf("%v: run test/deps/cassandra %s if a module is missing\n%s", err, *cassandraVersion, failure.String())
	}
	return rest
}

func (s *stage) pipes(client *exec.Cmd) (io.Writer, io.Reader) {
	s.t.Helper()
	in, err := client.StdinPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	out, err := client.StdoutPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	return in, out
}

// serve puts the policies in force that a client asks for, until its output ends.
func (s *stage) serve(in io.Writer, out io.Reader) string {
	s.t.Helper()
	var rest []string
	for lines := bufio.NewScanner(out); lines.Scan(); {
		switch line := lines.Text(); line {
		case "policy open":
			s.enforce(allowAll)
		case "policy restricted":
			s.enforce(restricted)
		default:
			rest = append(rest, line)
			continue
		}
		if _, err := io.WriteString(in, "in force\n"); err != nil {
			s.t.Fatal(err)
		}
	}
	return strings.Join(rest, "\n")
}
