package httprule

import (
	"slices"
	"strings"
	"testing"
)

func TestAPathHasTheReadingsThatServersHave(t *testing.T) {
	t.Parallel()
	for path, reading := range map[string]string{
		"/a/../b": "/b", "/a/..": "/", "/a/.": "/a/", "/a/./b": "/a/b", "/../../b": "/b", "//a": "/a", "/a//b": "/a/b", "/%61": "/a",
		"/a%2fb": "/a/b", "/a%2Fb": "/a/b", "/a%2f..%2fb": "/b", "/a/%2e%2e/b": "/b", `/a\b`: "/a/b", `/a/..\b`: "/b", "/a%5c..%5Cb": "/b",
		"/a;x/b": "/a/b", "/a/..;/b": "/b", "/a/..;x=1/b": "/b", "/b%00.png": "/b", "/a%3bx/b": "/a/b", "/a/.%2e/b?x=/../y": "/b?x=/../y",
		"/a//../b": "/b", "/a/%2e/b": "/a/b", "/b%20c": "/b c",
	} {
		if got := Readings(path); !slices.Contains(got, reading) {
			t.Errorf("%s: got %q, want %q among them", path, got, reading)
		}
	}
}

func TestMostPathsHaveOneReading(t *testing.T) {
	for _, path := range []string{"", "/", "*", "/a/b.c", "/a-b_c~d", "/a?b=../c//d;e%2f", "/a.b/c..d", "/a:b@c,d"} {
		if got := Readings(path); got != nil {
			t.Errorf("%s: got %q", path, got)
		}
	}
	for _, path := range []string{"/caf%C3%A9", "/%ff%0a"} {
		if got := Readings(path); len(got) != 0 {
			t.Errorf("%s: got %q", path, got)
		}
	}
	if n := testing.AllocsPerRun(100, func() { Readings("/a/b?c") }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestThereAreFewReadings(t *testing.T) {
	t.Parallel()
	if got := Readings(strings.Repeat(`/%2e%2e;x\..//a%00`, 200)); len(got) > 64 {
		t.Errorf("%d readings", len(got))
	}
}

func FuzzReadings(f *testing.F) {
	f.Add("/a/..;/%2e%2e/b?c")
	f.Fuzz(func(t *testing.T, path string) {
		for _, reading := range Readings(path) {
			if len(reading) > len(path) {
				t.Errorf("%q: the reading %q is longer", path, reading)
			}
		}
	})
}
