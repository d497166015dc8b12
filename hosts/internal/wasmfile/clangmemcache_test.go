//go:build e2e

package wasmfile

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/proxylib/proxylib/accesslog"
	"github.com/proxylib/proxylib/api/cilium"
	"github.com/proxylib/proxylib/datapath"
	"github.com/proxylib/proxylib/parsertest"
	"github.com/proxylib/proxylib/policy"
	"github.com/proxylib/proxylib/policy/inline"
	"github.com/proxylib/proxylib/proxylib"
	"github.com/proxylib/proxylib/proxylib/host"
)

// reader is a client of memcached and what it has got.
type reader struct {
	t        *testing.T
	engine   *datapath.Engine
	log      *entries
	plan     datapath.Plan
	out, got []byte
	closed   string
}

// newReader connects a client by a parser of memcached. It may get keys that begin with public/, and the version.
func newReader(t *testing.T, protocol *proxylib.Protocol) *reader {
	t.Helper()
	snapshot, err := inline.Compile(map[string]inline.Policy{"memcache": {Allow: json.RawMessage(
		`[{"command": "get", "keyPrefix": "public/"}, {"command": "version"}]`,
	)}}, policy.RuleParsers{"memcache": protocol.ParseRules})
	if err != nil {
		t.Fatal(err)
	}
	store := new(policy.Store)
	store.Replace(snapshot)
	r := &reader{t: t, log: &entries{}}
	conn, err := host.NewConnection(host.NewInstance(host.InstanceConfig{Policies: store, AccessLog: r.log, LogKinds: accesslog.Requests}),
		"memcache", host.ConnectionInfo{
			Id: 1, Ingress: true, SrcAddr: "127.0.0.1:1", DstAddr: "127.0.0.1:11211", PolicyName: "127.0.0.1", Protocol: protocol,
		})
	if err != nil {
		t.Fatal(err)
	}
	r.engine = datapath.New(conn, datapath.Limits{})
	t.Cleanup(r.engine.Close)
	return r
}

// send has bytes come from the client, or the server.
func (r *reader) send(reply bool, data []byte) {
	forward, back := &r.out, &r.got
	if reply {
		forward, back = back, forward
	}
	r.engine.Data(reply, false, [][]byte{data}, &r.plan)
	if r.plan.Leave {
		*forward = append(*forward, data...)
	}
	*forward = append(*forward, r.plan.Out...)
	*back = append(*back, r.plan.Reverse...)
	if r.plan.Close {
		r.closed = r.plan.Reason
	}
}

// requests returns the entries of requests without what differs between parsers.
func (r *reader) requests() (list []string) {
	for _, line := range parsertest.LogLines(r.t, r.log.list) {
		var e struct {
			Type, Rule, Reason string
			Request            uint64
			Fields             map[string]string
		}
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			r.t.Fatal(err)
		}
		if e.Type != strings.ToLower(cilium.EntryType_Response.String()) {
			list = append(list, fmt.Sprint(e.Type, e.Rule, e.Reason, e.Request, e.Fields["command"], e.Fields["keys"]))
		}
	}
	return list
}

// answer returns what a server replies to lines.
func answer(random *rand.Rand, lines []byte) (replies []byte) {
	for line := range bytes.Lines(lines) {
		words := strings.Fields(string(line))
		switch {
		case words[0] == "version":
			replies = append(replies, "VERSION 1.6.29\r\n"...)
			continue
		case random.IntN(10) == 0:
			replies = append(replies, "SERVER_ERROR out of memory reading value\r\n"...)
			continue
		}
		for _, key := range words[1:] {
			if random.IntN(3) == 0 {
				continue
			}
			value := strings.Repeat("END\r\n", random.IntN(5))
			unique := ""
			if words[0] == "gets" {
				unique = " 17"
			}
			replies = fmt.Appendf(replies, "VALUE %s 0 %d%s\r\n%s\r\n", key, len(value), unique, value)
		}
		replies = append(replies, "END\r\n"...)
	}
	return replies
}

// readRequests returns lines of a client that only reads.
func readRequests(random *rand.Rand) (lines []byte) {
	for range 1 + random.IntN(40) {
		if random.IntN(10) == 0 {
			lines = append(lines, "version\r\n"...)
			continue
		}
		line := []string{[]string{"get", "gets"}[random.IntN(2)]}
		for i := range 1 + random.IntN(3) {
			line = append(line, fmt.Sprint([]string{"public/", "public/", "private/"}[random.IntN(3)], random.IntN(100), "-", i))
		}
		lines = append(lines, strings.Join(line, " ")+"\r\n"...)
	}
	return lines
}

// pieces cuts bytes at random.
func pieces(random *rand.Rand, data []byte) (list [][]byte) {
	for len(data) > 0 {
		n := min(len(data), 1+random.IntN(1+random.IntN(300)))
		list = append(list, data[:n])
		data = data[n:]
	}
	return list
}

func TestAParserOfMemcachedInCDoesAsThatOfTheLibrary(t *testing.T) {
	f := openC(t, "memcache.c")
	for seed := range uint64(300) {
		random := rand.New(rand.NewPCG(seed, 0))
		parsers := []*reader{newReader(t, proxylib.Registered("memcache")), newReader(t, f.Protocol())}
		answered := 0
		for range 1 + random.IntN(3) {
			for _, piece := range pieces(random, readRequests(random)) {
				for _, p := range parsers {
					p.send(false, piece)
				}
			}
			if !bytes.Equal(parsers[0].out, parsers[1].out) {
				t.Fatalf("seed %d: the server gets\n%q after\n%q", seed, parsers[1].out, parsers[0].out)
			}
			replies := answer(random, parsers[0].out[answered:])
			answered = len(parsers[0].out)
			for _, piece := range pieces(random, replies) {
				for _, p := range parsers {
					p.send(true, piece)
				}
			}
		}
		for _, p := range parsers {
			if p.closed != "" {
				t.Fatalf("seed %d: closed because of %q", seed, p.closed)
			}
		}
		if !bytes.Equal(parsers[0].got, parsers[1].got) {
			t.Fatalf("seed %d: the client gets\n%q after\n%q", seed, parsers[1].got, parsers[0].got)
		}
		if a, b := parsers[0].requests(), parsers[1].requests(); !slices.Equal(a, b) {
			t.Fatalf("seed %d: entries\n%q after\n%q", seed, b, a)
		}
	}
}

func TestAParserOfMemcachedInCRefusesWhatItDoesNotKnow(t *testing.T) {
	f := openC(t, "memcache.c")
	long := strings.Repeat("k", 251)
	for _, c := range []struct{ client, server, out, got, closed string }{
		{"get public/a\n", "", "", "CLIENT_ERROR access denied\r\n", ""},
		{"get\r\nget \r\nget  public/a\r\n", "", "", strings.Repeat("CLIENT_ERROR access denied\r\n", 3), ""},
		{"get public/a\x00\r\nget public/\xff\r\n", "", "", strings.Repeat("CLIENT_ERROR access denied\r\n", 2), ""},
		{"get public/" + long + "\r\nversion now\r\n", "", "", strings.Repeat("CLIENT_ERROR access denied\r\n", 2), ""},
		{"get public/a\r\r\n", "", "", "CLIENT_ERROR access denied\r\n", ""},
		{"set public/a 0 0 1\r\n", "", "", "", "memcache: a command that this parser does not know"},
		{"GET public/a\r\n", "", "", "", "memcache: a command that this parser does not know"},
		{"get\tpublic/a\r\n", "", "", "CLIENT_ERROR access denied\r\n", ""},
		{strings.Repeat("get public/a ", 200), "", "", "", "memcache: the line is too long"},
		{"", "END\r\n", "", "", "memcache: not a reply to the request"},
		{"", "ERROR Too many open connections\r\n", "", "ERROR Too many open connections\r\n", ""},
		{"version\r\n", "END\r\n", "version\r\n", "", "memcache: not a reply to the request"},
		{"get public/a\r\n", "VALUE public/a 0 12345678901\r\n", "get public/a\r\n", "", "memcache: not a reply to the request"},
		{"get public/a\r\n", "VALUE public/a 0 -1\r\n", "get public/a\r\n", "", "memcache: not a reply to the request"},
		{"get public/a\r\n", "VALUE public/a 0\r\n", "get public/a\r\n", "", "memcache: not a reply to the request"},
		{"get public/a\r\n", "END\n", "get public/a\r\n", "", "memcache: not a reply to the request"},
		{"get public/a\r\n", "ERROR\n", "get public/a\r\n", "", "memcache: not a reply to the request"},
		{"get public/a\r\n", "ERRORS\r\n", "get public/a\r\n", "", "memcache: not a reply to the request"},
		{"get public/a\r\n", "VALUE public/a 0 1\nx\r\nEND\r\n", "get public/a\r\n", "", "memcache: not a reply to the request"},
		{"get public/a\r\n", "VALUE public/a 0 1 2 3\r\nx\r\nEND\r\n", "get public/a\r\n", "", "memcache: not a reply to the request"},
		{"get public/a\r\n", "VALUE public/a 0 1 \r\nx\r\nEND\r\n", "get public/a\r\n", "", "memcache: not a reply to the request"},
		{"", "ERROR Too many\n", "", "", "memcache: not a reply to the request"},
		{
			strings.Repeat("get a\r\n", 100), "", "", strings.Repeat("CLIENT_ERROR access denied\r\n", 100), "",
		},
		{
			"get public/a\r\n" + strings.Repeat("get a\r\n", 100), "END\r\n", "get public/a\r\n",
			"END\r\n" + strings.Repeat("CLIENT_ERROR access denied\r\n", 100), "",
		},
	} {
		r := newReader(t, f.Protocol())
		if c.client != "" {
			r.send(false, []byte(c.client))
		}
		if c.server != "" {
			r.send(true, []byte(c.server))
		}
		if string(r.out) != c.out || string(r.got) != c.got || r.closed != c.closed {
			t.Errorf("%q, %q: the server gets %q, the client %q, closed because of %q", c.client, c.server, r.out, r.got, r.closed)
		}
	}
}
