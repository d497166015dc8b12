//go:build e2e

package redis

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/proxylib/proxylib/parsers/redis/command"
	"github.com/proxylib/proxylib/parsertest"
	"github.com/proxylib/proxylib/proxylib"

	_ "github.com/proxylib/proxylib/parsers/redis"
)

// rule is a rule as both read it; user is for whom it is, empty for all.
type rule struct{ ours, selector, user string }

// keyed reports whether the rule has a condition on keys.
func (r *rule) keyed() bool { return strings.Contains(r.ours, " key") }

var categories = []string{"@read", "@write", "@all", "@string", "@hash", "@set", "@sortedset", "@list", "@stream", "@geo",
	"@keyspace", "@scripting", "@pubsub", "@slow", "@fast", "@blocking", "@connection", "@transaction", "@admin", "@dangerous"}

// aclUsers are the users of a policy.
var aclUsers = []string{"judged1", "judged2"}

// grants returns the words that give a category to a user. Categories are those of servers after 6.2, which has others.
func grants(category string, names []string, modern bool) string {
	if modern || category == "@all" {
		return "+" + category
	}
	var words []string
	for _, name := range names {
		if known := command.Named(name); known != nil && slices.Contains(known.Categories, category[1:]) {
			words = append(words, "+"+name)
		}
	}
	return strings.Join(words, " ")
}

// aclPolicy makes some rules, and the permissions of the server's ACL that mean the same. Keys and channels are those that
// a writer makes.
func aclPolicy(w *writer, names []string, modern bool) (rules []rule) {
	most := 3
	if !modern {
		most = 1
	}
	for range 1 + w.IntN(most) {
		var r rule
		add := func(ours, theirs string) {
			r.ours += " " + ours
			r.selector += " " + theirs
		}
		switch w.IntN(4) {
		case 0:
			category := categories[w.IntN(len(categories))]
			add("command="+category, grants(category, names, modern))
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
		switch w.IntN(10) {
		case 0:
			add("channel=v1", "&v1")
		case 1:
			add("channel_glob=v1*", "&v1*")
		case 2:
			add("pattern=v1", "&v1")
		default:
			r.selector += " allchannels"
		}
		if w.IntN(3) == 0 {
			r.user = aclUsers[w.IntN(len(aclUsers))]
			r.ours += " user=" + r.user
		}
		rules = append(rules, r)
	}
	return rules
}

// ofUser returns the rules for a user.
func ofUser(rules []rule, user string) []rule {
	return slices.DeleteFunc(slices.Clone(rules), func(r rule) bool { return r.user != "" && r.user != user })
}

// TestWhatTheServersACLRefusesDoesNotPass gives the same policy to the parser and to the server, as permissions of users.
// The server is asked by ACL DRYRUN, by queueing requests in a transaction, and by requests that it carries out.
func TestWhatTheServersACLRefusesDoesNotPass(t *testing.T) {
	eachServer(t, func(t *testing.T, address string) {
		c := client(t, address)
		commands := documented(t, c)
		judge(t, address, commands, true)
	})
}

// TestWhatTheACLOfRedis6RefusesDoesNotPass is the same for a server without COMMAND DOCS, ACL DRYRUN, and rules beside
// each other for one user.
func TestWhatTheACLOfRedis6RefusesDoesNotPass(t *testing.T) {
	eachOld(t, func(t *testing.T, address string, commands map[string][]argument) { judge(t, address, commands, false) })
}

// judge compares verdicts. modern: the server has ACL DRYRUN and selectors.
func judge(t *testing.T, address string, commands map[string][]argument, modern bool) {
	admin := client(t, address)
	names := slices.Sorted(maps.Keys(commands))
	w := &writer{Rand: rand.New(rand.NewPCG(*seed, 1))}
	counts := aclCounts{Kinds: map[string]int{}}
	clients := map[string]*redis.Client{}
	for _, user := range aclUsers {
		clients[user] = redis.NewClient(&redis.Options{
			Addr: address, Username: user, Password: "p", Protocol: 2, DisableIdentity: true, PoolSize: 1, MaxRetries: -1,
		})
		defer clients[user].Close()
	}
	for counts.all() < *requests {
		rules := aclPolicy(w, names, modern)
		for _, user := range aclUsers {
			mine := ofUser(rules, user)
			setUser(t, admin, user, mine, names, modern)
			if len(mine) == 0 {
				continue
			}
			batch := w.batch(mine, commands, names, 100)
			j := &judgement{t: t, rules: mine, policy: rules, user: user, counts: &counts}
			if modern {
				j.compare(batch, dryRuns(admin, user, batch), false)
			}
			inside := slices.DeleteFunc(slices.Clone(batch), func(r []string) bool { return !queued(r) })
			j.compare(inside, inTransaction(clients[user], inside), true)
			outside := slices.DeleteFunc(slices.Clone(batch), func(r []string) bool { return !harmless(r) })
			j.compare(outside, carriedOut(clients[user], outside), false)
			j.end()
			if t.Failed() {
				return
			}
		}
	}
	t.Logf("%d requests, %+v", counts.all(), counts)
	if counts.BothAllow == 0 || counts.BothRefuse == 0 {
		t.Error("there must be requests that both allow, and such that both refuse")
	}
}

// batch makes requests, half of them for commands that some rule names, and some of them damaged.
func (w *writer) batch(rules []rule, commands map[string][]argument, names []string, n int) (batch [][]string) {
	for len(batch) < n {
		name := names[w.IntN(len(names))]
		if w.IntN(2) == 0 {
			name = wanted(w, rules, names, name)
		}
		w.request = strings.Split(name, "|")
		w.write(commands[name])
		if w.IntN(3) == 0 {
			w.mutate()
		}
		if len(w.request) > 0 {
			if w.request[0] != "" {
				w.request[0] = w.cased(w.request[0])
			}
			batch = append(batch, slices.Clone(w.request))
		}
	}
	return batch
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

// setUser gives the rules for a user to the server. What clients may always send is given as well.
func setUser(t *testing.T, c *redis.Client, user string, rules []rule, names []string, modern bool) {
	t.Helper()
	arguments := []any{"acl", "setuser", user, "reset", "on", ">p"}
	if modern {
		arguments = append(arguments, "allchannels")
	} else {
		arguments = append(arguments, "resetchannels")
	}
	for _, r := range rules {
		if modern {
			arguments = append(arguments, "("+strings.TrimSpace(r.selector)+")")
			continue
		}
		for word := range strings.FieldsSeq(r.selector) {
			arguments = append(arguments, word)
		}
	}
	all := slices.Contains(arguments, any("+@all"))
	for _, name := range names {
		if known := command.Named(name); known != nil && known.Basic && !all {
			arguments = append(arguments, "+"+name)
		}
	}
	if err := c.Do(context.Background(), arguments...).Err(); err != nil {
		t.Fatalf("%v: %v", arguments, err)
	}
}

// arguments are the words of a request after others.
func arguments(request []string, before ...any) []any {
	for _, a := range request {
		before = append(before, a)
	}
	return before
}

// dryRuns asks the server what it would do with requests.
func dryRuns(c *redis.Client, user string, batch [][]string) []redis.Cmder {
	pipe := c.Pipeline()
	for _, request := range batch {
		pipe.Do(context.Background(), arguments(request, "acl", "dryrun", user)...)
	}
	results, _ := pipe.Exec(context.Background())
	return results
}

// queued reports whether a request may be queued in a transaction that is then discarded, by the server and here.
func queued(request []string) bool {
	c, _ := find(request)
	return c != nil && c.Effect.Stateless()
}

// inTransaction has the server queue requests, for which it needs to allow them, and discards them.
func inTransaction(c *redis.Client, batch [][]string) []redis.Cmder {
	pipe := c.Pipeline()
	pipe.Do(context.Background(), "multi")
	for _, request := range batch {
		pipe.Do(context.Background(), arguments(request)...)
	}
	pipe.Do(context.Background(), "discard")
	results, _ := pipe.Exec(context.Background())
	return results[1 : len(results)-1]
}

// harmless reports whether the server can carry a request out without the test waiting for it or losing the server.
func harmless(request []string) bool {
	c, _ := find(request)
	if c == nil || c.Access == proxylib.Admin || c.Effect != command.None || c.Basic {
		return false
	}
	return !slices.Contains(c.Categories, "blocking")
}

func carriedOut(c *redis.Client, batch [][]string) []redis.Cmder {
	if len(batch) == 0 {
		return nil
	}
	pipe := c.Pipeline()
	for _, request := range batch {
		pipe.Do(context.Background(), arguments(request)...)
	}
	results, _ := pipe.Exec(context.Background())
	return results
}

// aclCounts counts the outcomes; Kinds are those of Stricter.
type aclCounts struct {
	BothAllow, BothRefuse, Stricter, Invalid int
	Kinds                                    map[string]int
}

func (n *aclCounts) all() int { return n.BothAllow + n.BothRefuse + n.Stricter + n.Invalid }

// judgement compares the verdicts on requests of a user.
type judgement struct {
	t *testing.T
	// policy are all rules, and rules those for the user.
	policy, rules []rule
	user          string
	counts        *aclCounts
	// connection is the parser's, unless it is stale.
	connection *parsertest.Connection
	scope      *scope
	stale      bool
}

func (j *judgement) compare(batch [][]string, results []redis.Cmder, transaction bool) {
	j.stale = true
	for n, result := range results {
		passed, says := j.passes(batch[n], transaction), saysOf(result.(*redis.Cmd))
		switch {
		case says == refuses && passed:
			j.t.Errorf("policy %q of %s: %q passes, the server says %v", j.policy, j.user, batch[n], result)
		case says == refuses:
			j.counts.BothRefuse++
		case says == invalid:
			j.counts.Invalid++
		case passed:
			j.counts.BothAllow++
		default:
			j.counts.Stricter++
			j.stricter(batch[n])
		}
	}
}

// verdict is what the server says of a request.
type verdict uint8

const (
	allows verdict = iota
	refuses
	// invalid: the server refuses the request for something else than permissions.
	invalid
)

func saysOf(result *redis.Cmd) verdict {
	value, err := result.Result()
	text := fmt.Sprint(value, err)
	var sent redis.Error
	switch {
	case strings.Contains(text, "NOPERM") || strings.Contains(text, "no permissions to"):
		return refuses
	case !errors.Is(err, redis.Nil) && errors.As(err, &sent):
		return invalid
	}
	return allows
}

// stricter counts a difference by its kind, which the README has to list.
func (j *judgement) stricter(request []string) {
	kind := j.kind(request)
	if kind == "" {
		j.t.Errorf("policy %q of %s: %q is refused (%s), which the server allows, for none of the reasons that are known",
			j.policy, j.user, request, lastLine(j.connection))
	}
	j.counts.Kinds[kind]++
}

func lastLine(c *parsertest.Connection) string {
	lines := c.Log()
	return lines[len(lines)-1]
}

// kind returns the kind of a difference, as in the README's table.
func (j *judgement) kind(request []string) string {
	c, arguments := find(request)
	if c != nil && c.Name == "command" && len(arguments) > 0 {
		c = nil
	}
	line := lastLine(j.connection)
	for _, k := range differences {
		if k.is(j, c, arguments, line) {
			return k.text
		}
	}
	return ""
}

// differences are the kinds of requests that the server's permissions allow and the parser refuses.
var differences = []struct {
	text string
	is   func(j *judgement, c *command.Command, arguments []string, line string) bool
}{
	{"requests that the server itself refuses as wrong", func(_ *judgement, c *command.Command, arguments []string, line string) bool {
		return unbalanced(c, arguments) || strings.Contains(line, "arguments") || strings.Contains(line, "invalid number") || strings.Contains(line, "database that is not")
	}},
	{"unknown options", func(_ *judgement, _ *command.Command, _ []string, line string) bool {
		return strings.Contains(line, "unknown option")
	}},
	{"GEORADIUS and SORT with two destinations", func(_ *judgement, c *command.Command, arguments []string, _ string) bool {
		return c != nil && destinations(arguments) > 1
	}},
	{"PFMERGE of one key", func(_ *judgement, c *command.Command, arguments []string, _ string) bool {
		return c != nil && c.Name == "pfmerge" && len(arguments) == 1
	}},
	{"PUBSUB SHARDNUMSUB and NUMSUB of channels that no rule covers", func(_ *judgement, c *command.Command, _ []string, _ string) bool {
		return c != nil && strings.HasPrefix(c.Name, "pubsub|")
	}},
	{"MIGRATE with a key and KEYS", func(_ *judgement, c *command.Command, arguments []string, _ string) bool {
		return c != nil && c.Name == "migrate" && slices.ContainsFunc(arguments, func(a string) bool { return strings.EqualFold(a, "keys") })
	}},
	{"unknown commands and subcommands", func(_ *judgement, c *command.Command, _ []string, _ string) bool { return c == nil }},
	{"AUTH, HELLO and CLIENT REPLY in a transaction", func(_ *judgement, _ *command.Command, _ []string, line string) bool {
		return strings.Contains(line, "login in a transaction") || strings.Contains(line, "CLIENT REPLY in")
	}},
	{"HELLO with two logins, or with a login and a name that is not printable ASCII without spaces",
		func(_ *judgement, _ *command.Command, _ []string, line string) bool {
			return strings.Contains(line, "HELLO that")
		}},
	{"scripts under a rule about keys", func(j *judgement, c *command.Command, _ []string, _ string) bool {
		return c.Effect == command.Script && slices.ContainsFunc(j.rules, func(r rule) bool { return r.keyed() })
	}},
	{"SORT with BY or GET and a star", func(_ *judgement, c *command.Command, arguments []string, _ string) bool {
		return strings.HasPrefix(c.Name, "sort") && slices.ContainsFunc(arguments, func(a string) bool { return strings.Contains(a, "*") })
	}},
	{"the empty key", func(_ *judgement, _ *command.Command, arguments []string, _ string) bool {
		return slices.Contains(arguments, "")
	}},
	{"commands without keys under a rule about keys", func(j *judgement, c *command.Command, arguments []string, _ string) bool {
		found, ok := keys(append(strings.Split(c.Name, "|"), arguments...))
		return ok && len(found) == 0 && slices.ContainsFunc(j.rules, func(r rule) bool { return r.keyed() })
	}},
	{"commands without channels under a rule about channels", func(j *judgement, c *command.Command, arguments []string, _ string) bool {
		return !names(c, arguments, command.Channel) && slices.ContainsFunc(j.rules, func(r rule) bool { return strings.Contains(r.ours, "channel") })
	}},
	{"commands without patterns under a rule about patterns", func(j *judgement, c *command.Command, arguments []string, _ string) bool {
		return !names(c, arguments, command.Pattern) && slices.ContainsFunc(j.rules, func(r rule) bool { return strings.Contains(r.ours, "pattern=") })
	}},
	{"patterns, which are compared with `pattern` alone", func(_ *judgement, c *command.Command, arguments []string, _ string) bool {
		return names(c, arguments, command.Pattern)
	}},
}

// destinations counts the options that name a key to store a result in.
func destinations(arguments []string) (n int) {
	for _, a := range arguments {
		if strings.EqualFold(a, "store") || strings.EqualFold(a, "storedist") {
			n++
		}
	}
	return n
}

// unbalanced reports whether a request to read streams has not as many of them as places in them.
func unbalanced(c *command.Command, arguments []string) bool {
	streams := slices.IndexFunc(arguments, func(a string) bool { return strings.EqualFold(a, "streams") })
	return c != nil && strings.HasPrefix(c.Name, "xread") && (len(arguments)-streams)%2 == 0
}

// names reports whether a request has an argument of a kind.
func names(c *command.Command, arguments []string, kind command.Kind) bool {
	var s command.Scan
	if s.Start(c, len(arguments)) != nil {
		return false
	}
	for _, a := range arguments {
		k, err := s.Take([]byte(a))
		if err != nil {
			return false
		}
		if k == kind {
			return true
		}
	}
	return false
}

// TestTheREADMEListsEveryKindOfDifference finds the kinds that are counted in the table of what is stricter.
func TestTheREADMEListsEveryKindOfDifference(t *testing.T) {
	text, err := os.ReadFile("../../parsers/redis/README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range differences {
		if !strings.Contains(string(text), "\n| "+d.text+" |") {
			t.Errorf("%q is not in the table", d.text)
		}
	}
}

// passes reports whether the parser passes a request, and gives it the reply of a server.
func (j *judgement) passes(request []string, transaction bool) bool {
	if j.stale || j.connection.Closed() != "" {
		j.connect(transaction)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "*%d\r\n", len(request))
	for _, a := range request {
		fmt.Fprintf(&b, "$%d\r\n%s\r\n", len(a), a)
	}
	c := j.connection
	c.Do(parsertest.Client(b.String()))
	passed := c.ToServer() == b.String()
	command, _ := find(request)
	switch {
	case command == nil || !command.Effect.Stateless():
		j.stale = true
	case transaction && passed:
		c.Do(parsertest.Server("+QUEUED\r\n"))
	case transaction:
		c.Do(parsertest.Server("-ERR unknown command\r\n"))
	case passed:
		c.Do(parsertest.Server(":1\r\n"))
	}
	return passed
}

// connect opens a connection on which the user has logged in, and perhaps begun a transaction.
func (j *judgement) connect(transaction bool) {
	j.end()
	j.scope, j.stale = &scope{TB: j.t}, false
	var policy []string
	for _, r := range j.policy {
		policy = append(policy, strings.TrimSpace(r.ours))
	}
	j.connection = parsertest.Connect(j.scope, parsertest.Case{Parser: "redis", Policy: strings.Join(policy, "\n")})
	j.connection.Do(parsertest.Client("*3\r\n$4\r\nAUTH\r\n$7\r\n"+j.user+"\r\n$1\r\np\r\n"), parsertest.Server("+OK\r\n"))
	if transaction {
		j.connection.Do(parsertest.Client("*1\r\n$5\r\nMULTI\r\n"), parsertest.Server("+OK\r\n"))
	}
	j.connection.ToServer()
}

func (j *judgement) end() {
	if j.scope != nil {
		j.scope.end()
	}
}

// scope is a test whose cleanup is done before its end, as there are more connections than a test should keep.
type scope struct {
	testing.TB
	cleanups []func()
}

func (s *scope) Cleanup(f func()) { s.cleanups = append(s.cleanups, f) }

func (s *scope) end() {
	for _, f := range s.cleanups {
		f()
	}
}
