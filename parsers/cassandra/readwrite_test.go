package cassandra

import (
	"slices"
	"testing"

	"github.com/proxylib/proxylib/parsers/cassandra/cql"
	"github.com/proxylib/proxylib/proxylib"
)

func TestReadonlyActionsAreThoseThatRead(t *testing.T) {
	for a := cql.None + 1; a < cql.ActionCount; a++ {
		reads := accessOf(a) == proxylib.Read
		if own := slices.Contains(actionWords()[readonly], a.String()); own != reads {
			t.Errorf("%s: readonly %v, but read %v", a, own, reads)
		}
		one := &access{Access: cql.Access{Action: a}}
		if one.AccessClass() != accessOf(a) || (*accessWithReach)(one).AccessClass() != accessOf(a) {
			t.Errorf("%s: rules see another class than the action has", a)
		}
	}
}
