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

func TestAHostHasTheReadingsThatServersHave(t *testing.T) {
	t.Parallel()
	for authority, want := range map[string][2]string{
		"": {}, "a.example": {}, "A.example": {"a.example"}, "a.example.": {"a.example"}, "a.example:80": {1: "a.example"},
		"A.Example.:80": {"a.example:80", "a.example"}, "[::1]": {}, "[::A]:80": {"[::a]:80", "[::a]"}, "a:": {1: "a"},
		"a.example:80:80": {1: "a.example"}, "a.example.:x:80": {"a.example:x:80", "a.example"}, "%41.ex%61mple%2e:80": {"a.example:80", "a.example"},
		"a%": {}, "[]": {}, "::1": {}, ":80": {}, ".": {},
	} {
		if got := Hosts(authority); got != want || !IsHost(authority) {
			t.Errorf("%s: got %q, want %q", authority, got, want)
		}
	}
	for _, text := range []string{"a,b", "a@b", "a/b", `a\b`, "a b", "a?b", "a#b", "a]", "a:80]", "a:[", "[::1", "[::1]a:80", "[[::1]]", "[a]b]", "["} {
		if IsHost(text) {
			t.Errorf("%s: is a host", text)
		}
	}
}
