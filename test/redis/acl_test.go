//go:build e2e

package redis

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/proxylib/proxylib/parsers/redis/command"
	"github.com/proxylib/proxylib/parsertest"

	_ "github.com/proxylib/proxylib/parsers/redis"
)

// rule is a rule as both read it.
type rule struct{ ours, selector string }

// aclPolicy makes some rules, and the selectors of the server's ACL that mean the same. Keys and channels are those that a
// writer makes.
func aclPolicy(w *writer, names []string) (rules []rule) {
	for range 1 + w.IntN(3) {
		var r rule
		add := func(ours, theirs string) {
			r.ours += " " + ours
			r.selector += " " + theirs
		}
		switch w.IntN(4) {
		case 0:
			category := []string{"@read", "@write", "@all", "@string", "@hash", "@set", "@sortedset", "@list", "@stream", "@geo",
				"@keyspace", "@scripting", "@pubsub", "@slow", "@fast", "@blocking", "@connection", "@transaction"}[w.IntN(18)]
			add("command="+category, "+"+category)
		default:
			name := names[w.IntN(len(names))]
			if w.IntN(4) == 0 {
				name, _, _ = strings.Cut(name, "|")
			}
			add("command="+name, "+"+name)
		}
		switch w.IntN(5) {
		case 0:
			add("key=k1", "~k1")
		case 1:
			add("key_prefix=k1", "~k1*")
		case 2:
			glob := []string{"k[0-5]", "k?", "k1?", "*1", "k[^2-4]*", `k\1`}[w.IntN(6)]
			add("key_glob="+glob, "~"+glob)
		default:
			r.selector += " allkeys"
		}
		switch w.IntN(4) {
		case 0:
			add("channel=v1", "&v1")
		case 1:
			add("channel_glob=v1*", "&v1*")
		case 2:
			add("pattern=v1", "&v1")
		default:
			r.selector += " allchannels"
		}
		rules = append(rules, r)
	}
	return rules
}

// TestWhatTheServersACLRefusesDoesNotPass gives the same policy to the parser and to the server, as permissions of a user.
func TestWhatTheServersACLRefusesDoesNotPass(t *testing.T) {
	eachServer(t, func(t *testing.T, address string) {
		c := client(t, address)
		commands := documented(t, c)
		names := slices.Sorted(maps.Keys(commands))
		w := &writer{Rand: rand.New(rand.NewPCG(*seed, 1))}
		var counts aclCounts
		for done := 0; done < *requests; {
			rules := aclPolicy(w, names)
			setUser(t, c, rules, names)
			var batch [][]string
			pipe := c.Pipeline()
			for range 200 {
				name := names[w.IntN(len(names))]
				if w.IntN(2) == 0 {
					name = wanted(w, rules, names, name)
				}
				w.request = strings.Split(name, "|")
				w.write(commands[name])
				if w.IntN(3) == 0 {
					w.mutate()
				}
				if len(w.request) == 0 {
					continue
				}
				batch = append(batch, slices.Clone(w.request))
				pipe.Do(context.Background(), dryRun(w.request)...)
			}
			results, _ := pipe.Exec(context.Background())
			for n, r := range results {
				counts.compare(t, rules, batch[n], r.(*redis.Cmd))
			}
			done += len(batch)
		}
		t.Logf("%+v, stricter at %v", counts, stricter)
		clear(stricter)
		if counts.BothAllow == 0 || counts.BothRefuse == 0 {
			t.Error("there must be requests that both allow, and such that both refuse")
		}
	})
}

// wanted returns a command that some rule names, if there is one.
func wanted(w *writer, rules []rule, names []string, other string) string {
	_, after, _ := strings.Cut(rules[w.IntN(len(rules))].ours, "command=")
	name, _, _ := strings.Cut(after, " ")
	if slices.Contains(names, name) {
		return name
	}
	return other
}

// setUser gives the policy to the server. What clients may always send is given as well.
func setUser(t *testing.T, c *redis.Client, rules []rule, names []string) {
	t.Helper()
	arguments := []any{"acl", "setuser", "judged", "reset", "on", "nopass"}
	for _, name := range names {
		if known := command.Named(name); known != nil && known.Basic {
			arguments = append(arguments, "+"+name)
		}
	}
	arguments = append(arguments, "allchannels")
	for _, r := range rules {
		arguments = append(arguments, "("+strings.TrimSpace(r.selector)+")")
	}
	if err := c.Do(context.Background(), arguments...).Err(); err != nil {
		t.Fatalf("%v: %v", arguments, err)
	}
}

func dryRun(request []string) []any {
	arguments := []any{"acl", "dryrun", "judged"}
	for _, a := range request {
		arguments = append(arguments, a)
	}
	return arguments
}

// aclCounts counts the outcomes.
type aclCounts struct {
	BothAllow, BothRefuse, Stricter, Invalid int
}

func (n *aclCounts) compare(t *testing.T, rules []rule, request []string, r *redis.Cmd) {
	t.Helper()
	passed := passes(t, rules, request)
	text, err := r.Text()
	switch {
	case err != nil:
		n.Invalid++
	case text == "OK" && passed:
		n.BothAllow++
	case text == "OK":
		n.Stricter++
		stricter[strings.ToLower(request[0])]++
	case passed:
		t.Errorf("policy %q: %q passes, the server says %q", rules, request, text)
	default:
		n.BothRefuse++
	}
}

// passes reports whether the parser passes a request.
func passes(t *testing.T, rules []rule, request []string) bool {
	var policy []string
	for _, r := range rules {
		policy = append(policy, strings.TrimSpace(r.ours))
	}
	c := parsertest.Connect(t, parsertest.Case{Parser: "redis", Policy: strings.Join(policy, "\n")})
	var b strings.Builder
	fmt.Fprintf(&b, "*%d\r\n", len(request))
	for _, a := range request {
		fmt.Fprintf(&b, "$%d\r\n%s\r\n", len(a), a)
	}
	c.Do(parsertest.Client(b.String()))
	return c.ToServer() != ""
}

var stricter = map[string]int{}
