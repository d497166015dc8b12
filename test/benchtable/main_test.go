package main

import (
	"strings"
	"testing"
)

func TestRunsOfABenchmarkShareARow(t *testing.T) {
	in := `goos: linux
goarch: amd64
pkg: example.org/shop/till
cpu: Fast
BenchmarkSum-2   100   300.0 ns/op   0 B/op
BenchmarkSum-2   100   100.0 ns/op   0 B/op
BenchmarkSum-2   100   200.0 ns/op   0 B/op
pkg: example.org/shop/door
BenchmarkOpen-2   100   2000 ns/op
`
	want := `linux/amd64, Fast

     benchmark                    sec/op   B/op
    till.Sum-2  200.0n (100.0n…300.0n)  0.000
   door.Open-2                    2.000µ
`
	var out strings.Builder
	if err := run(strings.NewReader(in), &out); err != nil {
		t.Fatal(err)
	}
	if normal(out.String()) != normal(want) {
		t.Errorf("got:\n%s\nwant:\n%s", out.String(), want)
	}
}

// normal leaves out how wide columns are.
func normal(table string) string { return strings.Join(strings.Fields(table), " ") }

func TestInputThatIsNoTableIsRefused(t *testing.T) {
	for _, in := range []string{"", "BenchmarkSum-2 many 3 ns/op\n"} {
		if err := run(strings.NewReader(in), &strings.Builder{}); err == nil {
			t.Errorf("%q is accepted", in)
		}
	}
}
