//go:build e2e

package cassandra

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// The oracle is the server: it prepares statements that were made to confuse, and says of which tables the values and
// the results of each are. Under a policy for keyspace public nothing that passes may be of another.

// keyspaces makes the keyspaces public and secret with the same tables, and returns a connection past the filter.
func keyspaces(t *testing.T) *link {
	direct := dial(t, address)
	for _, keyspace := range []string{"public", "secret"} {
		direct.execute("CREATE KEYSPACE IF NOT EXISTS " + keyspace + replicated)
		for _, table := range []string{"t", `"T"`} {
			direct.execute("CREATE TABLE IF NOT EXISTS " + keyspace + "." + table + " (k int PRIMARY KEY, v text)")
		}
	}
	return direct
}

// replicated ends the statement that makes a keyspace.
const replicated = " WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}"

// rounds calls ask with odd statements until the time is over.
func rounds(t *testing.T, ask func(odd)) {
	t.Logf("from seed %d", *seed)
	o := odd{rand.New(rand.NewPCG(*seed, 0))}
	for deadline := time.Now().Add(*duration); time.Now().Before(deadline); {
		ask(o)
	}
}

// sampled: the reason is determined for one refused statement in this number, because that takes longer.
const sampled = 16

func TestNoPreparedStatementIsOfAForbiddenKeyspace(t *testing.T) {
	direct := keyspaces(t)
	filter, open := dialThrough(t, "keyspace=public"), dialThrough(t, "")
	counts := map[string]int{}
	rounds(t, func(o odd) {
		text := o.dml()
		tables, accepted, _ := filter.prepare(text)
		if !accepted {
			counts["not accepted"]++
			if o.IntN(sampled) == 0 {
				counts[whyNot(text, open, direct)]++
			}
			return
		}
		counts["passed"]++
		for _, table := range tables {
			if forbidden(table) {
				t.Errorf("%q touches %s: %q", text, table, lastLines(filter.log))
			}
		}
	})
	t.Log(counts)
	for _, some := range []string{"passed", "denied by the policy", "refused by the server"} {
		if counts[some] == 0 {
			t.Errorf("none of the statements %s: they show nothing", some)
		}
	}
}

// forbidden reports whether the server has reported a table that is not of keyspace public. Of batches that touch several
// tables it reports none.
func forbidden(table string) bool {
	keyspace, _, _ := strings.Cut(table, ".")
	return keyspace != "public" && keyspace != "[batch]"
}

// whyNot tells why a statement was not accepted under the policy: it is asked again without one, and past the filter.
func whyNot(text string, open, direct *link) string {
	_, accepted, answer := open.prepare(text)
	switch {
	case accepted:
		return "denied by the policy"
	case !unauthorized(answer):
		return "refused by the server"
	}
	if _, accepted, _ := direct.prepare(text); accepted {
		return "refused for their form, which the server takes"
	}
	return "refused for their form"
}
