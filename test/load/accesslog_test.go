package main

import (
	"os"
	"path/filepath"
	"testing"
)

func TestTheAccessLogIsCountedAndEmptied(t *testing.T) {
	l := accessLog{filepath.Join(t.TempDir(), "access.log")}
	if lines, err := l.settle(); err != nil || lines != 0 {
		t.Errorf("no log: %d lines, %v", lines, err)
	}
	if err := os.WriteFile(l.path, []byte("{}\n{}\n{}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, want := range []uint64{3, 0} {
		if lines, err := l.settle(); err != nil || lines != want {
			t.Errorf("%d lines, %v, want %d", lines, err, want)
		}
	}
}
