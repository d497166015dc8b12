//go:build e2e

package cassandra

import (
	"bytes"
	"context"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/proxylib/proxylib/test/envoy"
)

var everyDriver = flag.Bool("drivers", false, "run the drivers of all languages, in every version and compression")

// driverTime is how long a driver may take for all forms.
const driverTime = 5 * time.Minute

// driver is a client of testdata in one language. It prints what its requests have given, for each form in turn: a version
// of the protocol, a slash, and a compression.
type driver struct {
	name string
	// short are the forms of every run, more those that are added with the flag drivers.
	short, more []string
	// command returns the client, with its arguments up to the address. Files are relative to the root of the work tree.
	command func(root string) *exec.Cmd
}

var drivers = []driver{{
	name:  "Java",
	short: []string{"any/lz4"},
	more:  []string{"3/none", "3/lz4", "3/snappy", "4/none", "4/lz4", "4/snappy", "5/none", "5/lz4"},
	command: func(root string) *exec.Cmd {
		return exec.Command(java(), "-cp", filepath.Join(root, "build", "cassandra-java", "*"),
			filepath.Join("testdata", "JavaDriver.java"))
	},
}, {
	name: "Node",
	more: []string{"any/none", "3/none", "4/none"},
	command: func(root string) *exec.Cmd {
		return exec.Command("env", "NODE_PATH="+filepath.Join(root, "build", "cassandra-node"),
			"node", filepath.Join("testdata", "node_driver.js"))
	},
}, {
	name: "cqlsh",
	more: []string{"any/none", "3/none", "4/none", "5/none"},
	command: func(root string) *exec.Cmd {
		return exec.Command("env", "PYTHONPATH="+cqlshPackages(root), filepath.Join("testdata", "cqlsh.sh"))
	},
}, {
	name:  "C++",
	short: []string{"any/none"},
	more:  []string{"3/none", "4/none"},
	command: func(root string) *exec.Cmd {
		return exec.Command("env", "PYTHONPATH="+filepath.Join(root, "build", "cassandra-cpp"),
			"python3", filepath.Join("testdata", "cpp_driver.py"))
	},
}, {
	name: "Rust",
	more: []string{"4/none", "4/lz4", "4/snappy"},
	command: func(root string) *exec.Cmd {
		return exec.Command(filepath.Join(root, "build", "cassandra-rust"))
	},
}, {
	name: "dsbulk",
	more: []string{"any/lz4", "4/snappy"},
	command: func(root string) *exec.Cmd {
		return exec.Command("env", "PYTHONPATH="+cqlshPackages(root), "DSBULK="+filepath.Join(root, "build", "cassandra-dsbulk"),
			filepath.Join("testdata", "dsbulk.sh"))
	},
}}

// cqlshPackages is where Python finds cqlsh and what it needs.
func cqlshPackages(root string) string {
	return filepath.Join(root, "build", "cassandra-cqlsh") + ":" + filepath.Join(root, "build", "cassandra-python")
}

func TestDriversGetTheSameThroughUs(t *testing.T) {
	for _, d := range drivers {
		forms := d.short
		if *everyDriver {
			forms = append(forms, d.more...)
		}
		for _, form := range forms {
			t.Run(d.name+" "+form, func(t *testing.T) {
				s := newStage(t, allowAll)
				past, through := d.run(t, address, form), d.run(t, s.proxy.Addr, form)
				requireSameLines(t, past, through)
				s.requireSeen(through)
			})
		}
	}
}

// run returns the lines that the driver prints, all but what no two runs have in common.
func (d driver) run(t *testing.T, to, form string) []string {
	t.Helper()
	root, err := envoy.Root()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), driverTime)
	defer cancel()
	client := d.command(root)
	client = exec.CommandContext(ctx, client.Path, append(client.Args[1:], to, form)...)
	client.Env = append(os.Environ(), "PYTHONDONTWRITEBYTECODE=1")
	var out, failure bytes.Buffer
	client.Stdout, client.Stderr = &out, &failure
	if err := client.Run(); err != nil {
		t.Fatalf("%v: run test/deps/cassandra and test/deps/cassandra-drivers if something is missing\n%s\n%s", err, out.String(), failure.String())
	}
	text := strings.ReplaceAll(out.String(), to, "ADDRESS")
	lines := strings.Split(strings.TrimSpace(varies.ReplaceAllString(text, "VARIES")), "\n")
	if lines[len(lines)-1] != "done" {
		t.Fatalf("the client has not come to its end: %q", lines[len(lines)-1])
	}
	return lines
}

// varies finds what is of one run of a client.
var varies = regexp.MustCompile(`hashCode=[0-9a-f]+`)

func requireSameLines(t *testing.T, want, got []string) {
	t.Helper()
	for i := 0; i < len(want) || i < len(got); i++ {
		if i >= len(want) || i >= len(got) || want[i] != got[i] {
			t.Fatalf("past the filter %.1000q\nthrough it %.1000q", want[i:min(i+3, len(want))], got[i:min(i+3, len(got))])
		}
	}
}

// requireSeen requires that the requests of a driver were judged, and none of them denied.
func (s *stage) requireSeen(lines []string) {
	s.t.Helper()
	if !strings.Contains(s.accessLogText(), `drivers.t"`) {
		s.t.Errorf("the access log has no request on drivers.t, of %d lines of output", len(lines))
	}
	s.requireNoDenial(1)
}

// java is the Java runtime.
func java() string {
	if home := os.Getenv("JAVA_HOME"); home != "" {
		return filepath.Join(home, "bin", "java")
	}
	return "java"
}
