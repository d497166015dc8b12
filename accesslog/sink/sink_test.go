package sink

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/sirupsen/logrus"
	"go.uber.org/goleak"
	"google.golang.org/protobuf/proto"
	"gopkg.in/check.v1"

	"github.com/proxylib/proxylib/accesslog"
	"github.com/proxylib/proxylib/accesslog/jsonline"
	"github.com/proxylib/proxylib/api/cilium"
	"github.com/proxylib/proxylib/internal/eventually"
	"github.com/proxylib/proxylib/internal/logtest"
)

const soon = 3 * time.Second

// asChild names the environment variable under which the test binary logs to its broken standard output.
const asChild = "SINK_TEST_BROKEN_STDOUT"

func TestMain(m *testing.M) {
	if os.Getenv(asChild) != "" {
		logToStdout()
		return
	}
	goleak.VerifyTestMain(m)
}

func Test(t *testing.T) { check.TestingT(t) }

type SinkSuite struct{}

var _ = check.Suite(&SinkSuite{})

// journal collects the lines of the operator's log.
type journal struct {
	mu    sync.Mutex
	lines []logrus.Entry
	log   *logrus.Logger
}

func newJournal() *journal {
	j := &journal{log: logrus.New()}
	j.log.SetOutput(new(bytes.Buffer))
	j.log.AddHook(j)
	return j
}

func (j *journal) Levels() []logrus.Level { return logrus.AllLevels }

func (j *journal) Fire(e *logrus.Entry) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.lines = append(j.lines, *e)
	return nil
}

func (j *journal) all() []logrus.Entry {
	j.mu.Lock()
	defer j.mu.Unlock()
	return append([]logrus.Entry(nil), j.lines...)
}

// stream is a writer whose content can be read meanwhile. Its errors are taken one a write.
type stream struct {
	mu     sync.Mutex
	data   bytes.Buffer
	writes int
	fail   func(write int, p []byte) (int, error)
}

func (s *stream) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.writes++
	if s.fail != nil {
		if n, err := s.fail(s.writes, p); err != nil {
			s.data.Write(p[:n])
			return n, err
		}
	}
	return s.data.Write(p)
}

func (s *stream) lines() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Split(strings.TrimSuffix(s.data.String(), "\n"), "\n")
}

func open(c *check.C, config Config) *Logger {
	l, err := Open(config)
	c.Assert(err, check.IsNil)
	return l
}

var flow = accesslog.NewFlow(accesslog.FlowInfo{
	Connection: 1, Ingress: true, PolicyName: "10.0.0.1", ProxyID: 3, SourceID: 4, DestinationID: 5,
	SourceAddress: "10.0.0.2:99", DestinationAddress: "10.0.0.1:11211",
})

func entry(n int) accesslog.Entry {
	return accesslog.Entry{Time: int64(n), Flow: &flow, L7: accesslog.NewGeneric("memcache").Add("key", fmt.Sprint("number ", n))}
}

func (*SinkSuite) TestAReceiverGetsEntriesInOrder(c *check.C) {
	path := filepath.Join(c.MkDir(), "log")
	receiver, err := logtest.Listen(path)
	c.Assert(err, check.IsNil)
	defer receiver.Close()
	l := open(c, Config{Socket: path})
	for i := range 100 {
		l.Queue().Log(entry(i + 1))
	}
	for i := range 100 {
		e, err := receiver.Next(soon)
		c.Assert(err, check.IsNil)
		c.Check(e.Timestamp, check.Equals, uint64(i+1))
		c.Check(e.PolicyName, check.Equals, "10.0.0.1")
		c.Check(e.GetGenericL7().Fields, check.DeepEquals, map[string]string{"key": fmt.Sprint("number ", i+1)})
	}
	c.Check(l.Close(), check.IsNil)
	c.Check(l.Stats()[path], check.Equals, Stats{Delivered: 100})
}

func (*SinkSuite) TestAnEntryIsDeliveredSoonAlsoToAnIdleWriter(c *check.C) {
	path := filepath.Join(c.MkDir(), "log")
	receiver, err := logtest.Listen(path)
	c.Assert(err, check.IsNil)
	defer receiver.Close()
	l := open(c, Config{Socket: path})
	defer l.Close()
	for i := range 5 {
		time.Sleep(4 * pollEvery)
		l.Queue().Log(entry(i))
		_, err := receiver.Next(soon)
		c.Assert(err, check.IsNil)
	}
}

func (*SinkSuite) TestAnEntryOfTheGreatestLengthFitsAPacketWithItsCountOfLostOnes(c *check.C) {
	var l7 accesslog.Generic
	for i := range 9 {
		l7.Add(fmt.Sprint(i), strings.Repeat("x", 5000))
	}
	long := strings.Repeat("n", 400)
	flow := accesslog.NewFlow(accesslog.FlowInfo{
		Ingress: true, PolicyName: long, SourceAddress: long, DestinationAddress: long, ProxyID: 1 << 31,
	})
	wire := accesslog.Entry{Time: -1, Type: -1, Rule: long, Flow: &flow, L7: &l7}.Append(nil)

	path := filepath.Join(c.MkDir(), "log")
	receiver, err := logtest.Listen(path)
	c.Assert(err, check.IsNil)
	defer receiver.Close()
	s, err := newSocket(path)
	c.Assert(err, check.IsNil)
	s.Write(wire, 1<<63)
	e, err := receiver.Next(soon)
	c.Assert(err, check.IsNil)
	c.Check(e.GetGenericL7().Fields["truncated"], check.Equals, "true")
	c.Check(e.GetGenericL7().Fields["lost"], check.Equals, "9223372036854775808")
	c.Check(proto.Size(e) <= accesslog.MaxEntry, check.Equals, true)
	c.Check(s.Close(), check.IsNil)
}

func (*SinkSuite) TestAnAbsentReceiverIsNamedAndFoundWhenItComes(c *check.C) {
	path := filepath.Join(c.MkDir(), "log")
	operator := newJournal()
	l := open(c, Config{Socket: path, Log: operator.log})
	c.Assert(operator.all(), check.HasLen, 1)
	c.Check(operator.all()[0].Message, check.Matches, "access log: no receiver listens on the socket.*")
	c.Check(operator.all()[0].Data["socket"], check.Equals, path)

	for i := range 10 {
		l.Queue().Log(entry(i))
	}
	eventually.Holds(c, "the entries are lost", func() bool { return l.Stats()[path].Lost == 10 })
	receiver, err := logtest.Listen(path)
	c.Assert(err, check.IsNil)
	defer receiver.Close()
	var first *cilium.LogEntry
	eventually.Holds(c, "an entry arrives", func() bool {
		l.Queue().Log(entry(1))
		first, err = receiver.Next(10 * time.Millisecond)
		return err == nil
	})
	c.Check(first.GetGenericL7().Fields["lost"], check.Equals, fmt.Sprint(l.Stats()[path].Lost))
	c.Check(first.GetGenericL7().Fields["key"], check.Equals, "number 1")
	l.Queue().Log(entry(2))
	second, err := receiver.Next(soon)
	c.Assert(err, check.IsNil)
	c.Check(second.GetGenericL7().Fields["lost"], check.Equals, "")
	c.Check(l.Close(), check.IsNil)
}

func (*SinkSuite) TestAReceiverThatRestartsMissesNothing(c *check.C) {
	path := filepath.Join(c.MkDir(), "log")
	l := open(c, Config{Socket: path})
	defer l.Close()
	time.Sleep(minBackoff)
	for i := range 3 {
		receiver, err := logtest.Listen(path)
		c.Assert(err, check.IsNil)
		time.Sleep(minBackoff)
		l.Queue().Log(entry(i))
		e, err := receiver.Next(soon)
		c.Assert(err, check.IsNil)
		c.Check(e.Timestamp, check.Equals, uint64(i))
		c.Check(receiver.Close(), check.IsNil)
	}
	eventually.Holds(c, "all are delivered", func() bool { return l.Stats()[path] == Stats{Delivered: 3} })
}

// stuck listens but does not read.
func stuck(c *check.C) (string, *net.UnixListener) {
	path := filepath.Join(c.MkDir(), "log")
	listener, err := net.ListenUnix("unixpacket", &net.UnixAddr{Name: path, Net: "unixpacket"})
	c.Assert(err, check.IsNil)
	return path, listener
}

func (*SinkSuite) TestAReceiverThatDoesNotReadHoldsUpNeitherLogNorCloseNorTheOtherSink(c *check.C) {
	path, listener := stuck(c)
	defer listener.Close()
	out := &stream{}
	l := open(c, Config{Socket: path, Writer: out})
	started := time.Now()
	const sent = 5000
	for i := range sent {
		// Of many connections, so that the queue has room for all while the writer waits for the socket.
		e := entry(i)
		flow := accesslog.NewFlow(accesslog.FlowInfo{Connection: uint64(i)})
		e.Flow = &flow
		l.Queue().Log(e)
	}
	eventually.Holds(c, "the writer is through", func() bool {
		stats := l.Stats()
		return stats["stream"].Delivered == sent && stats[path].Delivered+stats[path].Lost == sent
	})
	c.Check(errors.Is(l.Stats()[path].Cause, os.ErrDeadlineExceeded), check.Equals, true)
	c.Check(l.Close(), check.IsNil)
	c.Check(time.Since(started) < 2*closeWithin+soon, check.Equals, true)
	c.Check(out.lines(), check.HasLen, sent)
}

func (*SinkSuite) TestFormsWithoutFieldsLeaveTheCountToTheNextEntry(c *check.C) {
	path := filepath.Join(c.MkDir(), "log")
	receiver, err := logtest.Listen(path)
	c.Assert(err, check.IsNil)
	defer receiver.Close()
	s, err := newSocket(path)
	c.Assert(err, check.IsNil)
	defer s.Close()
	kafka := accesslog.L7Of(&cilium.LogEntry_Kafka{Kafka: &cilium.KafkaLogEntry{ApiKey: 1}})
	s.Write(accesslog.Entry{L7: kafka}.Append(nil), 4)
	s.Write(accesslog.Entry{}.Append(nil), 3)
	e, err := receiver.Next(soon)
	c.Assert(err, check.IsNil)
	c.Check(e.GetKafka().GetApiKey(), check.Equals, int32(1))
	e, err = receiver.Next(soon)
	c.Assert(err, check.IsNil)
	c.Check(e.GetGenericL7().GetFields(), check.DeepEquals, map[string]string{"lost": "7"})
}

func (*SinkSuite) TestACountOfLostEntriesThatIsLostItselfIsGivenAgain(c *check.C) {
	out := &stream{fail: func(write int, _ []byte) (int, error) {
		if write <= 3 {
			return 0, errors.New("no space left on device")
		}
		return 0, nil
	}}
	j := newJSONLines("stream", out, func() error { return nil })
	for i := range 4 {
		j.Write(entry(i).Append(nil), 0)
		j.Flush()
	}
	var line jsonline.Line
	c.Assert(json.Unmarshal([]byte(out.lines()[0]), &line), check.IsNil)
	c.Check(line.Lost, check.Equals, uint64(3))
}

func (*SinkSuite) TestJSONLinesHaveAllKeysInTheirOrder(c *check.C) {
	out := &stream{}
	l := open(c, Config{Writer: out})
	l.Queue().Log(accesslog.Entry{
		Time: time.Date(2026, 1, 2, 3, 4, 5, 600, time.UTC).UnixNano(), Type: cilium.EntryType_Denied, Rule: "r", Flow: &flow,
		L7: accesslog.NewGeneric("memcache").Add("key", "<a&b>\n").Add("command", "get"),
	})
	l.Queue().Log(accesslog.Entry{Type: cilium.EntryType_Response})
	tls := accesslog.NewFlow(accesslog.FlowInfo{Connection: 9, ServerName: "a.example"})
	l.Queue().Log(accesslog.Entry{
		Type: cilium.EntryType_Denied, Reason: "line too long", Closed: &accesslog.Closed{Reply: true, Offset: 70}, Flow: &tls,
	})
	l.Queue().Log(accesslog.Entry{Type: cilium.EntryType_Denied, Closed: &accesslog.Closed{}, Reason: "no rule"})
	c.Check(l.Close(), check.IsNil)
	lines := out.lines()
	c.Assert(lines, check.HasLen, 4)
	slices.SortFunc(lines, func(a, b string) int {
		kind := func(line string) string { return line[strings.Index(line, `"type"`):] }
		return strings.Compare(kind(b), kind(a))
	})
	c.Check(lines[2], check.Equals, `{"time":"1970-01-01T00:00:00Z","type":"closed","connection":9,"ingress":false,"policy":"",`+
		`"proxy_id":0,"rule":"","reason":"line too long","direction":"reply","offset":70,"server_name":"a.example","source_id":0,`+
		`"destination_id":0,"source":"","destination":"","proto":"","fields":{}}`)
	c.Check(lines[3], check.Matches, `.*"type":"closed","connection":0,.*"reason":"no rule","direction":"request","offset":0,.*`)
	lines[0], lines[1] = lines[1], lines[0]
	c.Check(lines[0], check.Equals, `{"time":"2026-01-02T03:04:05.0000006Z","type":"denied","connection":1,"ingress":true,`+
		`"policy":"10.0.0.1","proxy_id":3,"rule":"r","source_id":4,"destination_id":5,"source":"10.0.0.2:99",`+
		`"destination":"10.0.0.1:11211","proto":"memcache","fields":{"key":"<a&b>\\x0a","command":"get"}}`)
	c.Check(lines[1], check.Equals, `{"time":"1970-01-01T00:00:00Z","type":"response","connection":0,"ingress":false,"policy":"",`+
		`"proxy_id":0,"rule":"","source_id":0,"destination_id":0,"source":"","destination":"","proto":"","fields":{}}`)
}

func (*SinkSuite) TestHTTPAndKafkaBecomeFields(c *check.C) {
	out := &stream{}
	l := open(c, Config{Writer: out})
	flow := flow
	l.Queue().Log(accesslog.Entry{Flow: &flow, L7: accesslog.L7Of(&cilium.LogEntry_Kafka{Kafka: &cilium.KafkaLogEntry{
		CorrelationId: -1, ErrorCode: 2, ApiVersion: 3, ApiKey: 4, Topics: []string{"a", "b"},
	}})})
	l.Queue().Log(accesslog.Entry{Flow: &flow, L7: accesslog.L7Of(&cilium.LogEntry_Http{Http: &cilium.HttpLogEntry{
		HttpProtocol: cilium.HttpProtocol_HTTP11, Scheme: "http", Host: "h", Path: "/", Method: "GET", Status: 200,
		Headers: []*cilium.KeyValue{{Key: "a", Value: "1"}, {Key: "b", Value: "2"}},
	}})})
	c.Check(l.Close(), check.IsNil)
	var kafka, http jsonline.Line
	c.Assert(json.Unmarshal([]byte(out.lines()[0]), &kafka), check.IsNil)
	c.Assert(json.Unmarshal([]byte(out.lines()[1]), &http), check.IsNil)
	c.Check(kafka.Proto, check.Equals, "kafka")
	c.Check(kafka.Fields, check.DeepEquals, map[string]string{
		"correlation_id": "-1", "error_code": "2", "api_version": "3", "api_key": "4", "topics": "a,b",
	})
	c.Check(http.Proto, check.Equals, "http")
	c.Check(http.Fields, check.DeepEquals, map[string]string{
		"http_protocol": "HTTP11", "scheme": "http", "host": "h", "path": "/", "method": "GET", "status": "200",
		"headers": "a: 1, b: 2",
	})
}

func (*SinkSuite) TestAFileIsAppendedToAndPrivate(c *check.C) {
	path := filepath.Join(c.MkDir(), "log")
	for range 2 {
		l := open(c, Config{File: path})
		l.Queue().Log(entry(1))
		c.Check(l.Close(), check.IsNil)
	}
	data, err := os.ReadFile(path)
	c.Assert(err, check.IsNil)
	c.Check(bytes.Count(data, newline), check.Equals, 2)
	stat, err := os.Stat(path)
	c.Assert(err, check.IsNil)
	c.Check(stat.Mode().Perm(), check.Equals, os.FileMode(0o600))
}

func (*SinkSuite) TestAConfigurationThatCanNotWorkSaysWhy(c *check.C) {
	folder := c.MkDir()
	pipe := filepath.Join(folder, "pipe")
	c.Assert(syscall.Mkfifo(pipe, 0o600), check.IsNil)
	for _, t := range []struct {
		config Config
		want   string
	}{
		{Config{}, "access log: no sink is given; name a socket, a file, a stream or a server"},
		{Config{File: filepath.Join(folder, "no", "log")}, "access log: open .*no such file.*; the folder must exist.*"},
		{Config{File: folder}, "access log: open .*is a directory.*"},
		{Config{File: pipe}, "access log: open .*no such device.*"},
		{Config{Socket: strings.Repeat("x", 108)}, "access log: the path of socket .* is longer than 107 bytes.*"},
		{Config{Socket: strings.Repeat("x", 108), File: filepath.Join(folder, "log")}, "access log: the path of socket .*"},
	} {
		l, err := Open(t.config)
		c.Check(err, check.ErrorMatches, t.want)
		c.Check(l, check.IsNil)
	}
}

func (*SinkSuite) TestAFailedWriteIsCountedAndReportedInTheNextLine(c *check.C) {
	full := errors.New("no space left on device")
	out := &stream{fail: func(write int, p []byte) (int, error) {
		if write == 1 {
			// One line and a half.
			return bytes.IndexByte(p, '\n') + 10, full
		}
		return 0, nil
	}}
	j := newJSONLines("stream", out, func() error { return nil })
	for i := range 3 {
		j.Write(entry(i).Append(nil), 0)
	}
	j.Flush()
	c.Check(j.Stats(), check.Equals, Stats{Delivered: 1, Lost: 2, Cause: full})
	j.Write(entry(9).Append(nil), 5)
	j.Flush()
	lines := out.lines()
	c.Assert(lines, check.HasLen, 3)
	var last jsonline.Line
	c.Assert(json.Unmarshal([]byte(lines[2]), &last), check.IsNil)
	c.Check(last.Fields["key"], check.Equals, "number 9")
	c.Check(last.Lost, check.Equals, uint64(7))
}

func (*SinkSuite) TestLostEntriesAreToldToTheOperatorNotMoreOftenThanAllowed(c *check.C) {
	operator := newJournal()
	failing := &stream{fail: func(int, []byte) (int, error) { return 0, errors.New("disk full") }}
	j := newJSONLines("stream", failing, func() error { return nil })
	l, err := start(0, operator.log, time.Hour, j)
	c.Assert(err, check.IsNil)
	l.Queue().Log(entry(1))
	eventually.Holds(c, "the first line", func() bool { return len(operator.all()) == 1 })
	for i := range 50 {
		l.Queue().Log(entry(i))
	}
	eventually.Holds(c, "all are lost", func() bool { return j.Stats().Lost == 51 })
	c.Check(operator.all(), check.HasLen, 1)
	c.Check(operator.all()[0].Data["lost"], check.Equals, uint64(1))
	c.Check(fmt.Sprint(operator.all()[0].Data["error"]), check.Equals, "disk full")
	c.Check(l.Close(), check.IsNil)
	c.Assert(operator.all(), check.HasLen, 2)
	c.Check(operator.all()[1].Data["lost"], check.Equals, uint64(50))
}

func (*SinkSuite) TestWhatIsLostLastIsToldWithoutAFurtherEntry(c *check.C) {
	operator := newJournal()
	failing := &stream{fail: func(int, []byte) (int, error) { return 0, errors.New("disk full") }}
	j := newJSONLines("stream", failing, func() error { return nil })
	l, err := start(0, operator.log, 100*time.Millisecond, j)
	c.Assert(err, check.IsNil)
	defer l.Close()
	l.Queue().Log(entry(1))
	eventually.Holds(c, "the first line", func() bool { return len(operator.all()) == 1 })
	l.Queue().Log(entry(2))
	eventually.Holds(c, "the second line", func() bool { return len(operator.all()) == 2 })
}

func (*SinkSuite) TestEachLineThatCanBeReadIsDeliveredWhereverTheDiskIsFull(c *check.C) {
	wire := entry(1).Append(nil)
	whole := new(stream)
	j := newJSONLines("stream", whole, func() error { return nil })
	j.Write(wire, 0)
	j.Write(wire, 0)
	j.Flush()
	for room := range whole.data.Len() + 1 {
		out := &stream{fail: func(write int, p []byte) (int, error) {
			if write > 1 || room == len(p) {
				return 0, nil
			}
			return room, syscall.ENOSPC
		}}
		j := newJSONLines("stream", out, func() error { return nil })
		j.Write(wire, 0)
		j.Write(wire, 0)
		j.Flush()
		j.Write(wire, 0)
		j.Flush()
		readable := uint64(0)
		for line := range strings.Lines(out.data.String()) {
			if json.Valid([]byte(line)) {
				readable++
			}
		}
		stats := j.Stats()
		c.Assert([]uint64{stats.Delivered, stats.Lost}, check.DeepEquals, []uint64{readable, 3 - readable},
			check.Commentf("room for %d bytes", room))
	}
}

// hanging is a stream that does not return before it is released.
type hanging struct{ let chan struct{} }

func (h hanging) Write(p []byte) (int, error) { <-h.let; return len(p), nil }

func (*SinkSuite) TestASinkThatHangsDoesNotHoldUpClose(c *check.C) {
	h := hanging{make(chan struct{})}
	l := open(c, Config{Writer: h})
	l.closeWithin = 50 * time.Millisecond
	l.Queue().Log(entry(1))
	c.Check(l.Close(), check.ErrorMatches, "access log: a sink still hangs after 100ms; its entries are lost")
	close(h.let)
	eventually.Holds(c, "the writer ends", func() bool { return l.Close() == nil })
}

func (*SinkSuite) TestAPipeWithoutReaderHoldsNothingUp(c *check.C) {
	r, w, err := os.Pipe()
	c.Assert(err, check.IsNil)
	defer r.Close()
	defer w.Close()
	l := open(c, Config{Writer: w})
	const sent = 3000
	for i := range sent {
		l.Queue().Log(entry(i))
	}
	c.Check(l.Close(), check.IsNil)
	stats := l.Stats()["stream"]
	c.Check(stats.Lost > 0, check.Equals, true)
	c.Check(stats.Delivered+stats.Lost, check.Equals, uint64(sent))
}

// logToStdout is what the test binary does as a child: standard output is a pipe that nobody reads.
func logToStdout() {
	l, err := Open(Config{Writer: os.Stdout})
	if err == nil {
		l.Queue().Log(entry(1))
		err = l.Close()
	}
	if err != nil || l.Stats()["stream"].Lost != 1 {
		os.Exit(1)
	}
}

func (*SinkSuite) TestABrokenStandardOutputDoesNotEndTheProcess(c *check.C) {
	r, w, err := os.Pipe()
	c.Assert(err, check.IsNil)
	c.Assert(r.Close(), check.IsNil)
	defer w.Close()
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), asChild+"=1")
	child.Stdout = w
	c.Check(child.Run(), check.IsNil)
}

func (*SinkSuite) TestManyThreadsLoseNothingUncounted(c *check.C) {
	const threads, each = 8, 2000
	out := &stream{}
	path := filepath.Join(c.MkDir(), "log")
	receiver, err := logtest.Listen(path)
	c.Assert(err, check.IsNil)
	defer receiver.Close()
	l := open(c, Config{Socket: path, Writer: out, QueueBytes: 1})
	var received atomic.Uint64
	stop := make(chan struct{})
	defer close(stop)
	go func() {
		for {
			select {
			case <-receiver.Entries():
				received.Add(1)
			case <-stop:
				return
			}
		}
	}()
	var running sync.WaitGroup
	for t := range threads {
		running.Go(func() {
			flow := accesslog.NewFlow(accesslog.FlowInfo{Connection: uint64(t)})
			for i := range each {
				l.Queue().Log(accesslog.Entry{Time: int64(i), Flow: &flow})
			}
		})
	}
	running.Wait()
	c.Check(l.Close(), check.IsNil)
	for name, stats := range l.Stats() {
		c.Check(stats.Delivered+stats.Lost, check.Equals, uint64(threads*each), check.Commentf("%s", name))
	}
	c.Check(uint64(len(out.lines())), check.Equals, l.Stats()["stream"].Delivered)
	eventually.Holds(c, "the receiver has all", func() bool { return received.Load() == l.Stats()[path].Delivered })
}

func BenchmarkSocket(b *testing.B) {
	path := filepath.Join(b.TempDir(), "log")
	receiver, err := logtest.Listen(path)
	if err != nil {
		b.Fatal(err)
	}
	defer receiver.Close()
	go func() {
		for {
			if _, err := receiver.Next(time.Hour); err != nil {
				return
			}
		}
	}()
	s, err := newSocket(path)
	if err != nil {
		b.Fatal(err)
	}
	wire := entry(1).Append(nil)
	for b.Loop() {
		s.Write(wire, 0)
	}
	_ = s.Close()
}

func BenchmarkJSONLines(b *testing.B) {
	j := newJSONLines("stream", new(countingWriter), func() error { return nil })
	wire := entry(1).Append(nil)
	b.ReportAllocs()
	for b.Loop() {
		j.Write(wire, 0)
	}
}

type countingWriter int

func (w *countingWriter) Write(p []byte) (int, error) {
	*w += countingWriter(len(p))
	return len(p), nil
}
