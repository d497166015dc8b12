package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// printed is what pgbench prints in the end.
const printed = `transaction type: <builtin: select only>
query mode: prepared
number of transactions actually processed: 200
number of failed transactions: 0 (0.000%)
latency average = 0.100 ms
initial connection time = 3.204 ms
tps = 12345.500000 (without initial connection time)
`

func TestWhatPgbenchPrintsIsRead(t *testing.T) {
	c, err := report(printed)
	if want := (cell{requests: 200, rate: 12345.5}); err != nil || c != want {
		t.Errorf("got %+v, %v", c, err)
	}
}

func TestFailuresOfPgbenchAreErrors(t *testing.T) {
	for _, out := range []string{
		"", "number of transactions actually processed: 0\nnumber of failed transactions: 0 (NaN%)\ntps = 1 (without initial connection time)\n",
		"number of transactions actually processed: 9\nnumber of failed transactions: 1 (10%)\ntps = 1.0 (without initial connection time)\n",
	} {
		if c, err := report(out); err == nil {
			t.Errorf("%q: got %+v", out, c)
		}
	}
}

func TestTimesAreReadFromTheLogsOfPgbench(t *testing.T) {
	p := &pgbench{dir: t.TempDir()}
	prefix := filepath.Join(p.dir, "pgbench")
	for name, text := range map[string]string{".7": "0 1 100 0 1700000000 5\n1 1 300 0 1700000000 9\n", ".7.1": "2 1 300 0 1700000000 9\n"} {
		if err := os.WriteFile(prefix+name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	times, err := p.times(prefix)
	if err != nil || times.total != 3 || times.quantile(0.3).Round(10*time.Microsecond) != 100*time.Microsecond {
		t.Errorf("got %+v, %v", times, err)
	}
	if left, err := filepath.Glob(prefix + "*"); err != nil || len(left) != 0 {
		t.Errorf("%v is left, %v", left, err)
	}
	if _, err := transactionTime("0 1"); err == nil {
		t.Error("a line without a time was taken")
	}
}
