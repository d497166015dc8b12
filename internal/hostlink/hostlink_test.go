package hostlink

import (
	"strings"
	"testing"
)

func panics(f func()) (text string) {
	defer func() { text, _ = recover().(string) }()
	f()
	return ""
}

func TestAFunctionIsFoundByNameAndType(t *testing.T) {
	Provide("test.double", func(n int) int { return 2 * n })
	if got := Function[func(int) int]("test.double")(21); got != 42 {
		t.Errorf("got %d", got)
	}
	for want, f := range map[string]func(){
		"test.double is a func(int) int, want a func(string) int": func() { Function[func(string) int]("test.double") },
		"test.none is a <nil>, want a func()":                     func() { Function[func()]("test.none") },
		"test.double is provided twice":                           func() { Provide("test.double", func() {}) },
	} {
		if got := panics(f); !strings.Contains(got, want) {
			t.Errorf("panic %q, want %q", got, want)
		}
	}
}
