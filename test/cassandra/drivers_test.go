package cassandra

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// restricted is the policy under which drivers.py expects its refusals.
const restricted = `
	query_action=select keyspace=system
	query_action=select keyspace=system_schema
	query_action=select keyspace=system_virtual_schema
	query_action=select keyspace=system_views
	query_action=select query_table=^e2e\.
	query_action=insert query_table=^e2e\.
`

// testDrivers runs drivers.py, which asks for a policy by a line with its name, and gets a line when it is in force.
func testDrivers(t *testing.T, server string) {
	python := os.Getenv("PROXYLIB_PYTHON")
	if python == "" {
		t.Skip("PROXYLIB_PYTHON names no interpreter with the drivers")
	}
	p := startProxy(t, server)
	command := exec.Command(python, "drivers.py", p.listener.Addr().String(), server)
	command.Stderr = os.Stderr
	in, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		switch line := lines.Text(); line {
		case "policy open":
			enforce(t, p.instance, "")
		case "policy restricted":
			enforce(t, p.instance, restricted)
		default:
			t.Log(line)
			continue
		}
		if _, err := io.WriteString(in, "done\n"); err != nil {
			t.Fatal(err)
		}
	}
	if err := command.Wait(); err != nil {
		t.Errorf("drivers.py: %v", err)
	}
	if closed := p.noted("closed"); len(closed) > 0 {
		t.Errorf("connections were closed:\n%s", strings.Join(closed, "\n"))
	}
	counts := map[string]int{}
	for _, line := range p.noted("Denied") {
		counts[line]++
	}
	t.Log(fmt.Sprint(counts))
}
