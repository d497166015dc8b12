package monitor

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/proxylib/proxylib/accesslog"
	"github.com/proxylib/proxylib/accesslog/jsonline"
	"github.com/proxylib/proxylib/accesslog/sink"
	"github.com/proxylib/proxylib/accesslog/traffic"
	"github.com/proxylib/proxylib/api/cilium"
	"github.com/proxylib/proxylib/internal/eventually"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const patience = 10 * time.Second

// running is a run whose entries are collected.
type running struct {
	t       *testing.T
	entries chan *traffic.Entry
	stop    func() error
}

func start(t *testing.T, c Config) *running {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	r := &running{t: t, entries: make(chan *traffic.Entry, 10_000)}
	c.Take = func(e *traffic.Entry) error {
		r.entries <- e
		return nil
	}
	ended := make(chan error, 1)
	go func() { ended <- Run(ctx, c) }()
	stopped := false
	r.stop = func() error {
		if stopped {
			return nil
		}
		stopped = true
		cancel()
		return <-ended
	}
	t.Cleanup(func() {
		if err := r.stop(); err != nil {
			t.Error(err)
		}
	})
	return r
}

// keys waits for entries and returns what they have in the field key.
func (r *running) keys(n int) (keys []string) {
	r.t.Helper()
	for range n {
		select {
		case e := <-r.entries:
			keys = append(keys, e.Fields["key"])
		case <-time.After(patience):
			r.t.Fatalf("only %q came", keys)
		}
	}
	return keys
}

func expect(t *testing.T, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// lineWith is a JSON line with a key, made at a second of a day.
func lineWith(key string, second int) string {
	return fmt.Sprintf(`{"time":"2026-11-27T10:00:%02dZ","type":"request","source":"10.0.0.2:4711","destination":"10.0.0.1:11211","proto":"test","fields":{"key":%q}}`+"\n", second, key)
}

func write(t *testing.T, path, text string) {
	t.Helper()
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if _, err := file.WriteString(text); err != nil {
		t.Fatal(err)
	}
}

// log is the access log of a library that sends to a socket.
func log(t *testing.T, path string) *sink.Logger {
	t.Helper()
	l, err := sink.Open(sink.Config{Socket: path})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestEntriesOfSeveralLibrariesComeOnOneSocket(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	r := start(t, Config{Sources: []Source{Socket{path}}})
	eventually.Holds(t, "the socket is there", func() bool { _, err := os.Stat(path); return err == nil })
	var want []string
	for i := range 3 {
		l := log(t, path)
		for j := range 100 {
			key := fmt.Sprint(i, "/", j)
			want = append(want, key)
			flow := accesslog.NewFlow(accesslog.FlowInfo{Connection: 7, SourceAddress: "10.0.0.2:4711"})
			l.Queue().Log(accesslog.Entry{
				Time: time.Now().UnixNano(), Type: cilium.EntryType_Denied, Flow: &flow, Reason: "no rule",
				L7: accesslog.NewGeneric("test").Add("key", key),
			})
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	}
	got := r.keys(len(want))
	slices.Sort(got)
	slices.Sort(want)
	expect(t, got, want...)
}

func TestASocketIsNotTakenFromAReceiverThatListens(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	listener, err := net.ListenUnix("unixpacket", &net.UnixAddr{Name: path, Net: "unixpacket"})
	if err != nil {
		t.Fatal(err)
	}
	listener.SetUnlinkOnClose(false)
	if err := Run(context.Background(), Config{Sources: []Source{Socket{path}}}); err == nil || !strings.Contains(err.Error(), "another receiver") {
		t.Errorf("got %v", err)
	}
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	// What is left of a receiver that has ended is replaced.
	r := start(t, Config{Sources: []Source{Socket{path}}})
	eventually.Holds(t, "the socket is there", func() bool {
		conn, err := net.DialUnix("unixpacket", nil, &net.UnixAddr{Name: path, Net: "unixpacket"})
		return err == nil && conn.Close() == nil
	})
	if err := r.stop(); err != nil {
		t.Error(err)
	}
	other := filepath.Join(t.TempDir(), "file")
	write(t, other, "x")
	if err := Run(context.Background(), Config{Sources: []Source{Socket{other}}}); err == nil || !strings.Contains(err.Error(), "not a socket") {
		t.Errorf("got %v", err)
	}
}

func TestAFileIsFollowedThroughRotation(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	write(t, path, lineWith("a", 0)+"not an entry\n"+strings.Repeat("x", 2*maxLine)+"\n"+lineWith("b", 1))
	r := start(t, Config{Sources: []Source{File{path, true}}})
	expect(t, r.keys(2), "a", "b")
	long := lineWith("c", 2)
	write(t, path, long[:20])
	time.Sleep(3 * lookEvery)
	write(t, path, long[20:])
	expect(t, r.keys(1), "c")
	for _, next := range []string{"d", "e"} {
		write(t, path, lineWith(next+"1", 3))
		if err := os.Rename(path, path+next); err != nil {
			t.Fatal(err)
		}
		write(t, path+next, lineWith(next+"2", 4))
		write(t, path, lineWith(next+"3", 5))
		expect(t, r.keys(3), next+"1", next+"2", next+"3")
	}
	if err := os.Truncate(path, 0); err != nil {
		t.Fatal(err)
	}
	write(t, path, lineWith("f", 6))
	expect(t, r.keys(1), "f")
}

func TestEntriesAreReadFromTheMessagesInEnvoysLog(t *testing.T) {
	message := strings.TrimSuffix(lineWith(`a"\`, 0)+lineWith("b\u00e4", 1), "\n")
	octal := strings.ReplaceAll(strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(message), "\u00e4", `\303\244`)
	inJSON, err := json.Marshal("wasm log proxylib a:b: " + message)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"usual":   "[2026-11-28 02:03:47.267][12][info][wasm] [context.cc:1151] wasm log proxylib proxylib: " + message + "\n",
		"Istio":   "2026-11-28T02:03:47.267Z\tinfo\tenvoy wasm context.cc:1151\twasm log proxylib: " + message + "\tthread=12\n",
		"escaped": "[2026-11-28 02:03:47.267][12][info][wasm] [context.cc:1151] wasm log proxylib: " + octal + "\n",
		"JSON":    `{"level":"info","time":"2026-11-28T02:03:47.267Z","scope":"wasm","msg":` + string(inJSON) + "}\n",
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "log")
			// What a client says is quoted in lines of other kinds.
			quoting := "[info][wasm] wasm log proxylib: proxylib: connection closed: " + lineWith("x", 0) +
				"[info][wasm] wasm log proxylib: proxylib: connection closed error=" + fmt.Sprintf("%q", lineWith("x", 0)) + "\n"
			write(t, path, "[info][main] all dependencies initialized\n"+quoting+text+lineWith("end", 3))
			r := start(t, Config{Sources: []Source{File{path, false}}})
			expect(t, r.keys(3), `a"\`, "b\u00e4", "end")
		})
	}
}

func TestTheLastEntriesOfAllSourcesComeByTime(t *testing.T) {
	one, two := filepath.Join(t.TempDir(), "1"), filepath.Join(t.TempDir(), "2")
	for i := range 5 {
		write(t, one, lineWith(fmt.Sprint("one", i), 2*i))
		write(t, two, lineWith(fmt.Sprint("two", i), 2*i+1))
	}
	for _, follow := range []bool{false, true} {
		c := Config{Sources: []Source{File{one, follow}, File{two, follow}}, Last: 3}
		if err := c.Filter.Add(true, "field", "key=one4"); err != nil {
			t.Fatal(err)
		}
		r := start(t, c)
		got := r.keys(3)
		if got[2] != "two4" || !slices.IsSortedFunc(got, func(a, b string) int { return int(a[3]) - int(b[3]) }) {
			t.Errorf("follow %v: got %q", follow, got)
		}
		if follow {
			write(t, one, lineWith("new", 59))
			expect(t, r.keys(1), "new")
		}
	}
}

func TestConditionsChooseEntries(t *testing.T) {
	entry := &traffic.Entry{Node: "edge-1", Line: jsonline.Line{
		Time: "2026-11-27T10:00:00Z", Type: "denied", Connection: 7, Source: "10.0.0.2:4711", Destination: "[2001:db8::1]:11211",
		SourceID: 300, Rule: "default/cache spec", Reason: "deny rule x", Policy: "10.0.0.1", Parser: "memcache", Proto: "textmemcached",
		Exchange: &jsonline.Exchange{Status: "no reply"},
		Fields:   map[string]string{"command": "get", "keys": "public/a, secret/b", "user": "alice"},
	}}
	for _, c := range []struct {
		name, value string
		want        bool
	}{
		{"verdict", "denied", true}, {"verdict", "allowed", false},
		{"parser", "memcache", true}, {"parser", "textmemcached", true}, {"parser", "text*", true}, {"parser", "redis", false},
		{"from", "10.0.0.2", true}, {"from", "10.0.0.0/24", true}, {"from", ":4711", true}, {"from", "10.0.0.2:4711", true},
		{"from", "identity:300", true}, {"from", "identity:301", false}, {"from", "10.0.1.0/24", false}, {"from", ":4712", false},
		{"to", "2001:db8::1", true}, {"to", "[2001:db8::1]:11211", true}, {"to", "10.0.0.2", false},
		{"rule", "default/cache*", true}, {"rule", "default/cache", false}, {"reason", "deny rule *", true},
		{"field", "command=get", true}, {"field", "keys=secret/*", true}, {"field", "keys=public/a", true}, {"field", "keys=b", false},
		{"field", "missing=*", false}, {"user", "alice", true}, {"node", "edge-*", true}, {"policy", "10.0.0.1", true},
		{"status", "no *", true}, {"status", "ok", false}, {"slower", "0s", false},
		{"connection", "7", true}, {"connection", "8", false},
	} {
		for _, not := range []bool{false, true} {
			var f Filter
			if err := f.Add(not, c.name, c.value); err != nil {
				t.Errorf("%s %s: %v", c.name, c.value, err)
			} else if f.Takes(entry) == (c.want == not) {
				t.Errorf("not %v, %s %s: got %v", not, c.name, c.value, !not == !c.want)
			}
		}
	}
	for name, wrong := range map[string]string{
		"verdict": "maybe", "from": "nowhere", "to": "identity:x", "field": "command", "connection": "x", "slower": "much",
	} {
		if err := new(Filter).Add(false, name, wrong); err == nil {
			t.Errorf("%s %s is taken", name, wrong)
		}
	}
	if got := len(Conditions); got != len(ConditionNames()) {
		t.Errorf("%d conditions are described, %d can be given", got, len(ConditionNames()))
	}
}

func TestConditionsOfOneNameAreAlternatives(t *testing.T) {
	var f Filter
	for _, c := range [][2]string{{"verdict", "denied"}, {"verdict", "closed"}, {"parser", "redis"}} {
		if err := f.Add(false, c[0], c[1]); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		kind, proto string
		want        bool
	}{{"denied", "redis", true}, {"closed", "redis", true}, {"request", "redis", false}, {"denied", "r2d2", false}} {
		if got := f.Takes(&traffic.Entry{Line: jsonline.Line{Type: c.kind, Proto: c.proto}}); got != c.want {
			t.Errorf("%v: got %v", c, got)
		}
	}
}

func TestTimesBoundEntries(t *testing.T) {
	f := Filter{Since: time.Date(2026, 11, 27, 10, 0, 0, 0, time.UTC), Until: time.Date(2026, 11, 27, 11, 0, 0, 0, time.UTC)}
	for at, want := range map[string]bool{
		"2026-11-27T09:59:59Z": false, "2026-11-27T10:00:00Z": true, "2026-11-27T11:00:01Z": false, "": false,
	} {
		if got := f.Takes(&traffic.Entry{Line: jsonline.Line{Time: at}}); got != want {
			t.Errorf("%q: got %v", at, got)
		}
	}
}

// hostile is an entry whose texts try to control the terminal.
var hostile = &traffic.Entry{Line: jsonline.Line{
	Time: "\x1b[2J", Type: "denied", Source: "\x1b[31m10.0.0.2:1", Rule: "a\rb", Reason: "x\u202ey", Proto: "p\n",
	Fields: map[string]string{"command": "get", "keys": "a\x1b]0;title\x07", "zwei": "with space"}, Lost: 3,
}}

func TestNothingThatAnEntrySaysControlsTheTerminal(t *testing.T) {
	for _, form := range []string{"compact", "table", "dict"} {
		var out bytes.Buffer
		p, err := NewPrinter(&out, form, false)
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Print(hostile); err != nil {
			t.Fatal(err)
		}
		if strings.ContainsAny(out.String(), "\x1b\r\x07\u202e") {
			t.Errorf("%s: %q", form, out.String())
		}
		for _, want := range []string{"DENIED", "get", "with space"} {
			if !strings.Contains(out.String(), want) {
				t.Errorf("%s: %q is not in %q", form, want, out.String())
			}
		}
	}
}

func TestCompactIsOneLineWithWhatPeopleLookForFirst(t *testing.T) {
	var e traffic.Entry
	text := `{"time":"2026-11-27T10:40:51.123456789Z","type":"denied","source":"10.0.0.2:1","destination":"10.0.0.1:2","rule":"r","reason":"deny rule r","proto":"textmemcached","fields":{"bytes":"3","command":"get","keys":"a, b"}}`
	if err := json.Unmarshal([]byte(text), &e); err != nil {
		t.Fatal(err)
	}
	local := time.Local
	time.Local = time.UTC
	defer func() { time.Local = local }()
	for colours, want := range map[bool]string{
		false: "Nov 27 10:40:51.123 DENIED  10.0.0.2:1 -> 10.0.0.1:2 textmemcached command=get bytes=3 keys=\"a, b\" rule=r (deny rule r)\n",
		true: "\x1b[2mNov 27 10:40:51.123\x1b[22m \x1b[31;1mDENIED \x1b[0;22m 10.0.0.2:1 -> 10.0.0.1:2 \x1b[34mtextmemcached\x1b[0m " +
			"command=get bytes=3 keys=\"a, b\" \x1b[36mrule=r\x1b[0m \x1b[31m(deny rule r)\x1b[0m\n",
	} {
		var out bytes.Buffer
		p, err := NewPrinter(&out, "compact", colours)
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Print(&e); err != nil || out.String() != want {
			t.Errorf("got %q and %v, want %q", out.String(), err, want)
		}
	}
}

func TestTheColumnsOfATableAreAligned(t *testing.T) {
	var out bytes.Buffer
	p, err := NewPrinter(&out, "table", false)
	if err != nil {
		t.Fatal(err)
	}
	for _, rule := range []string{"界界", "ab", strings.Repeat("long", 20)} {
		if err := p.Print(&traffic.Entry{Line: jsonline.Line{Type: "request", Rule: rule, Fields: map[string]string{"command": "get"}}}); err != nil {
			t.Fatal(err)
		}
	}
	lines := strings.Split(out.String(), "\n")
	if at := strings.Index(lines[0], "REQUEST"); at < 0 || strings.Index(lines[2], "command=get") != at {
		t.Errorf("got\n%s", out.String())
	}
	if !strings.Contains(lines[3], "…") || len(lines[3]) > 200 {
		t.Errorf("got %q", lines[3])
	}
}

func TestWhatWasMeasuredIsShown(t *testing.T) {
	s := NewStats(time.Now(), false)
	var e traffic.Entry
	for i := range 1000 {
		e = traffic.Entry{Line: jsonline.Line{Type: "request", Parser: "redis", Exchange: &jsonline.Exchange{
			Status: "ok", RequestBytes: 10, ReplyBytes: 2000, Latency: uint64(i+1) * uint64(time.Microsecond),
		}}}
		s.Add(&e)
	}
	var out bytes.Buffer
	if err := s.Write(&out, time.Now()); err != nil {
		t.Fatal(err)
	}
	if row := regexp.MustCompile(`redis +1000 +0 +0 +0 +(4[89]|5[0-2])\dµs +99\dµs`); !row.MatchString(out.String()) {
		t.Errorf("%v is not in\n%s", row, out.String())
	}
	p, err := NewPrinter(&out, "compact", false)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Print(&e); err != nil || !strings.HasSuffix(out.String(), " 1ms ok 10/2000 bytes\n") {
		t.Errorf("got %q", out.String())
	}
	var slower Filter
	if err := slower.Add(false, "slower", "1ms"); err != nil || !slower.Takes(&e) {
		t.Errorf("%v, or an entry of a millisecond is not chosen", err)
	}
	if e.Latency--; slower.Takes(&e) {
		t.Error("an entry of less than a millisecond is chosen")
	}
}

func TestStatsNameWhatComesMostOften(t *testing.T) {
	began := time.Now()
	s := NewStats(began, false)
	for i := range 10_000 {
		s.Add(&traffic.Entry{Line: jsonline.Line{
			Type: "request", Source: fmt.Sprintf("10.0.0.%d:%d", i%3, i), Proto: "textmemcached",
			Fields: map[string]string{"keys": fmt.Sprintf("hot, once%d", i), "user": "alice"},
		}})
	}
	s.Add(&traffic.Entry{Line: jsonline.Line{Type: "denied", Reason: "no rule", Source: "10.9.9.9:1", Proto: "redis", Lost: 5}})
	var out bytes.Buffer
	if err := s.Write(&out, began.Add(10*time.Second)); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"10001 entries in 10s, now 1000 a second, on average 1000", "5 entries were lost", "Top keys\n     10000  hot\n",
		"Top users\n     10000  alice\n", "Top denied clients\n         1  10.9.9.9\n", "Top reasons of denials\n         1  no rule\n",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not in\n%s", want, out.String())
		}
	}
	if n := len(s.tops["keys"].counts); n > maxCounted {
		t.Errorf("%d keys are counted", n)
	}
}

func TestADictionaryShowsTheReplyAsFields(t *testing.T) {
	var out bytes.Buffer
	p, err := NewPrinter(&out, "dict", false)
	if err != nil {
		t.Fatal(err)
	}
	e := &traffic.Entry{Line: jsonline.Line{Type: "request", Exchange: &jsonline.Exchange{
		Reply: map[string]string{"status": "a miss", "bytes": "1"},
	}}}
	if err := p.Print(e); err != nil || !strings.Contains(out.String(), "         REPLY: bytes=1 status=\"a miss\"\n") {
		t.Errorf("%v\n%s", err, out.String())
	}
}
