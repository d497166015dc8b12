package postgres

import (
	"fmt"
	"testing"
)

func TestAConnectionHasSoManyNamesAtMost(t *testing.T) {
	var n names
	s := new(statement)
	for i := range MaxNames / 2 {
		name := fmt.Append(nil, i)
		if !n.define(n.statement(name, true), s, 1) || !n.bind(n.portal(name, true), n.statement(name, false), 1) {
			t.Fatalf("statement and portal %d are refused", i)
		}
	}
	more := []byte("more")
	if n.define(n.statement(more, true), s, 1) || n.bind(n.portal(more, true), n.statement([]byte("0"), false), 1) {
		t.Error("one more is taken")
	}
	if !n.define(n.statement([]byte("0"), true), s, 1) || !n.define(n.statement(nil, true), s, 1) {
		t.Error("a name that there is, or a statement without one, is refused")
	}
}

func TestNamesTakeSoMuchMemoryAtMost(t *testing.T) {
	var n names
	s := &statement{size: maxNamesCost / 8}
	defined := 0
	for n.define(n.statement(fmt.Append(nil, defined), true), s, 1) {
		defined++
	}
	if defined != 7 || n.cost > maxNamesCost {
		t.Errorf("%d statements are kept, of %d bytes in all", defined, n.cost)
	}
	for i := range 2 * maxOlder {
		if !n.define(n.statement([]byte("0"), true), s, 2+uint32(i)) {
			break
		}
	}
	if n.cost > maxNamesCost {
		t.Errorf("the definitions of one name take %d bytes more than may be", n.cost-maxNamesCost)
	}
}
