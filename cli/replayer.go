package cli

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"time"

	"github.com/sirupsen/logrus"
	"google.golang.org/protobuf/proto"

	"github.com/proxylib/proxylib/accesslog"
	"github.com/proxylib/proxylib/accesslog/jsonline"
	"github.com/proxylib/proxylib/api/cilium"
	"github.com/proxylib/proxylib/cli/capture"
	"github.com/proxylib/proxylib/datapath"
	"github.com/proxylib/proxylib/internal/overload"
	"github.com/proxylib/proxylib/policy"
	"github.com/proxylib/proxylib/proxylib"
	"github.com/proxylib/proxylib/proxylib/host"
)

// replayer plays recorded connections through the parser, under one policy or under two at once.
type replayer struct {
	parser string
	create func(*proxylib.Connection) proxylib.Parser
	rules  []*rules
	// took takes each request and each end of a connection, with the results under all policies.
	// One that is known under one of them alone is nil under the other.
	took   func([]*replayed) error
	counts replayCounts
	// follows: requests that the policy denies do not pass.
	follows bool
	// strangers are the addresses that no policy is for.
	strangers map[string]bool
	// held limits the memory of all connections.
	held *overload.Limit
	// number is that of the last connection.
	number uint64
	failed error
}

// replayCounts count what has been replayed, under the last policy.
type replayCounts struct{ allowed, denied, closed uint64 }

// replayed is what comes of a request, or of a connection that the parser closes, under one policy.
type replayed struct {
	// lines are its entries: several, if it is decided in parts.
	lines []*jsonline.Line
	// denied: the policy does not allow it, or the parser refuses it.
	denied bool
}

// closes reports whether the connection is closed.
func (r *replayed) closes() bool { return r.lines[0].Type == typeClosed }

// maxStrangers is the number of addresses without a policy that are reported.
const maxStrangers = 10

func newReplayer(parser string, create func(*proxylib.Connection) proxylib.Parser) *replayer {
	return &replayer{
		parser: parser, create: create, strangers: map[string]bool{},
		held: overload.NewLimit(maxHeldByReplays, func(uint64, uint64) {}),
	}
}

// open implements [opener].
func (r *replayer) open(flow capture.Flow) capture.Conversation {
	r.number++
	c := &replayConversation{replayer: r}
	for _, rules := range r.rules {
		c.under = append(c.under, r.newPlayed(rules, flow))
	}
	return c
}

// replayConversation is a connection that is replayed. It implements [capture.Conversation].
type replayConversation struct {
	replayer *replayer
	under    []*played
}

// Data implements [capture.Conversation].
func (c *replayConversation) Data(at time.Time, reply, end bool, data []byte) {
	for _, p := range c.under {
		p.data(at, reply, end, data)
	}
	c.take(false)
}

// Close implements [capture.Conversation].
func (c *replayConversation) Close(string) {
	for _, p := range c.under {
		p.close()
	}
	c.take(true)
}

// take hands over what is known under all policies; last, what is known under any.
func (c *replayConversation) take(last bool) {
	n := len(c.under[0].results)
	for _, p := range c.under[1:] {
		if n = min(n, len(p.results)); last {
			n = max(n, len(p.results))
		}
	}
	for i := range n {
		results := make([]*replayed, len(c.under))
		for j, p := range c.under {
			if i < len(p.results) {
				results[j] = &p.results[i]
			}
		}
		c.replayer.add(results)
	}
	for _, p := range c.under {
		p.results = slices.Delete(p.results, 0, min(n, len(p.results)))
	}
}

// add counts what comes under the last policy, and hands all over.
func (r *replayer) add(results []*replayed) {
	if last := results[len(results)-1]; last != nil {
		r.count(last)
	}
	r.failed = errors.Join(r.failed, r.took(results))
}

func (r *replayer) count(result *replayed) {
	n, line := &r.counts, result.lines[0]
	switch {
	case result.closes():
		n.closed++
		return
	case !result.denied:
		n.allowed++
		return
	case line.Reason == proxylib.NoPolicy:
		if r.strangers[line.Policy] = true; len(r.strangers) > maxStrangers {
			delete(r.strangers, line.Policy)
		}
	}
	n.denied++
}

// played is a connection under one policy. It implements [accesslog.Logger].
type played struct {
	conn   *host.Connection
	engine *datapath.Engine
	plan   datapath.Plan
	// parser is the name of the parser, for which the server is stood in.
	parser string
	at     time.Time
	closed bool
	// results are those that have not been handed over. requests is the number of requests in the log so far.
	results  []replayed
	requests uint64
}

// maxHeldByReplays is the memory, in bytes, that all connections may hold.
const maxHeldByReplays = 512 << 20

func (r *replayer) newPlayed(rules *rules, flow capture.Flow) *played {
	p := &played{parser: r.parser}
	store, log := &policy.Store{}, logrus.New()
	store.Replace(rules.snapshot)
	log.SetOutput(io.Discard)
	info := host.ConnectionInfo{
		Id: r.number, Ingress: rules.ingress, SrcAddr: flow.Client.String(), DstAddr: flow.Server.String(),
		SrcId: rules.identityOf(flow.Client.Addr()), DstId: rules.identityOf(flow.Server.Addr()),
		PolicyName: rules.name, Port: rules.port, New: r.create,
	}
	if info.PolicyName == "" {
		info.PolicyName = flow.Server.Addr().String()
		if !rules.ingress {
			info.PolicyName = flow.Client.Addr().String()
		}
	}
	// The reply to each request is in the capture, so that each has to pass.
	instance := host.NewInstance(host.InstanceConfig{ID: 1, Audit: !r.follows, Policies: store, AccessLog: p, Log: log})
	var err error
	if p.conn, err = host.NewConnection(instance, r.parser, info); err != nil {
		p.closed = true
		p.results = []replayed{{lines: []*jsonline.Line{{Type: typeClosed, Connection: r.number, Source: info.SrcAddr,
			Destination: info.DstAddr, Reason: "the parser declines the connection"}}}}
		return p
	}
	p.engine = datapath.New(p.conn, datapath.Limits{Total: r.held})
	return p
}

// Log implements [accesslog.Logger].
func (p *played) Log(e accesslog.Entry) {
	if !p.at.IsZero() {
		e.Time = p.at.UnixNano()
	}
	message := &cilium.LogEntry{}
	if err := proto.Unmarshal(e.Append(nil), message); err != nil {
		// It has just been encoded.
		panic(err)
	}
	line := jsonline.Of(message)
	if line.Type == typeResponse {
		return
	}
	n := p.conn.Counts()
	requests, last := n.Passed+n.Denied, len(p.results)-1
	denied := line.Type == typeDenied || e.Audit
	if e.Audit {
		line.Type = typeDenied
		delete(line.Fields, "audit")
	}
	if line.Type != typeClosed && requests == p.requests && last >= 0 {
		p.results[last].lines = append(p.results[last].lines, line)
		p.results[last].denied = p.results[last].denied || denied
		return
	}
	p.requests = requests
	p.results = append(p.results, replayed{lines: []*jsonline.Line{line}, denied: denied})
}

// The types of lines.
const (
	typeRequest  = "request"
	typeDenied   = "denied"
	typeResponse = "response"
	typeClosed   = "closed"
)

func (p *played) data(at time.Time, reply, end bool, data []byte) {
	if p.closed {
		return
	}
	p.at = at
	var chunks [][]byte
	if len(data) > 0 {
		chunks = [][]byte{data}
	}
	p.engine.Data(reply, end, chunks, &p.plan)
	for range maxProbes {
		probe := p.probe()
		if probe == nil {
			break
		}
		p.engine.Data(true, false, [][]byte{answerTo(p.parser, probe)}, &p.plan)
	}
	if p.closed = p.plan.Close; p.closed {
		p.engine.Close()
	}
}

func (p *played) close() {
	if !p.closed {
		p.engine.Close()
	}
	p.closed = true
}

// probe returns what the parser asks the server by itself, before a request may pass; nil if it asks nothing. It comes
// last of what goes to the server.
func (p *played) probe() []byte {
	if !p.plan.Wait || p.plan.Close || p.parser != memcache {
		return nil
	}
	for _, out := range [][]byte{p.plan.Out, p.plan.Reverse} {
		if bytes.HasSuffix(out, []byte(memcachedProbe)) {
			return []byte(memcachedProbe)
		}
		if frame := out[max(0, len(out)-memcachedHeader):]; len(frame) == memcachedHeader && frame[0] == binaryRequest {
			return frame
		}
	}
	return nil
}
