//go:build !race

package accesslog

import "testing"

// The race detector makes a sync.Pool forget things at random.
func TestRedactingAllocatesNothing(t *testing.T) {
	r := redactor(t, NewQueue(0, nil), redactKey, map[string]Redaction{"key": Hash, "text": Cut})
	e := Entry{L7: NewGeneric("p").Add("key", "a/b").Add("text", "abcdefgh"), Exchange: &Exchange{Reply: NewGeneric("p").Add("key", "x")}}
	r.Log(e)
	if n := testing.AllocsPerRun(1000, func() { r.Log(e) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
