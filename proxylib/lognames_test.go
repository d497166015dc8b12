package proxylib_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/proxylib/proxylib/proxylib"
)

func TestNamesOfALogFieldAreJoinedAsFarAsTheyFit(t *testing.T) {
	long := strings.Repeat("x", 600)
	for _, c := range []struct {
		max   int
		names []string
		want  string
		added int
	}{
		{0, nil, "", 0},
		{0, []string{"a"}, "a", 1},
		{0, []string{"a", "", "b c"}, "a, , b c", 3},
		{2, []string{"a", "b"}, "a, b", 2},
		{2, []string{"a", "b", "c", "d"}, "a, b, ...", 2},
		{0, []string{long}, long[:512], 1},
		{0, []string{long[:500], long[:100], "c"}, long[:500] + ", " + long[:100] + ", ...", 2},
	} {
		list := proxylib.LogNames{Max: c.max}
		// What was listed before leaves nothing.
		list.Add([]byte("before"))
		list.Reset()
		added := 0
		for added < len(c.names) && list.Add([]byte(c.names[added])) {
			added++
		}
		if got := string(list.Bytes()); got != c.want || added != c.added {
			t.Errorf("%.20q: %d names: %q, want %d: %q", c.names, added, got, c.added, c.want)
		}
	}
}

func TestListingNamesAllocatesNothingOnceItHasGrown(t *testing.T) {
	var list proxylib.LogNames
	name := bytes.Repeat([]byte("n"), 20)
	if n := testing.AllocsPerRun(100, func() {
		list.Reset()
		for range 30 {
			list.Add(name)
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestAFieldIsReadyWithEachValueOfAnEnumeration(t *testing.T) {
	fields := proxylib.NewLogConstants("status", "ok", "error")
	want := []proxylib.LogConstant{proxylib.NewLogConstant("status", "ok"), proxylib.NewLogConstant("status", "error")}
	if len(fields) != len(want) || fields[0] != want[0] || fields[1] != want[1] {
		t.Errorf("%v, want %v", fields, want)
	}
}
