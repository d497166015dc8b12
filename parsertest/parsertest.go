package parsertest

import (
	"testing"

	"github.com/proxylib/proxylib/accesslog"
	"github.com/proxylib/proxylib/internal/transcript"
	"github.com/proxylib/proxylib/policy"
	"github.com/proxylib/proxylib/proxylib"
)

// Case is a transcript and its outcome.
type Case struct {
	// Name is the name of the subtest.
	Name string
	// Parser is the registered name of the parser.
	Parser string
	// Protocol, if not nil, is the protocol, which need not be registered.
	Protocol *proxylib.Protocol
	// Conn describes the connection; nil is the usual one.
	Conn *Conn
	// Config is the configuration of the parser, a JSON object; empty if it has none.
	Config string
	// Policy is the policy in force at the start, in the form that [CompilePolicy] takes. Empty allows everything.
	Policy string
	// Waits: requests wait for replies, which Cilium's host, and one that sends in turns, cannot do. They are left out.
	Waits bool
	// StartsTLS: the host can begin TLS with the client, which those cannot. They are left out. Where the parser has TLS begin,
	// the client's next step is what it sends inside TLS.
	StartsTLS bool
	// CannotWait: what becomes of requests where the host cannot wait. Our own hosts that can are left out.
	CannotWait bool
	// Resumes: steps say how requests go on that have paused, see [Resume]. It is implied by such steps of the case; for [Connect],
	// steps may come later.
	Resumes bool
	// Allocates: the last request of the transcript may allocate although it passes, such as a login. [Conform] does not
	// measure it.
	Allocates bool
	// Audit lets requests pass that the policy denies. Their entries in Log have audit=denied.
	Audit bool
	// ReadOnly denies every request that changes something, whatever the policy allows.
	ReadOnly bool
	// LogKinds says which entries are written: 0 is [accesslog.Requests].
	LogKinds accesslog.Kinds
	// Steps are what happens, in this order.
	Steps []Step
	// ToServer and ToClient are all bytes that reach either side.
	ToServer, ToClient string
	// Log lists the access-log entries in order, a line each: the type (Request, Response or Denied), the protocol, and
	// the fields as name=value in the parser's order. A value that is empty or has other than printable ASCII, a space
	// or a quotation mark is quoted as in Go. After these come user= with the name
	// of the user, once it is known, audit=denied for what passes because of audit mode alone,
	// rule= with the name of the rule that decided, if it has one, and reason= with why the policy does not allow
	// it. The reason is left out where no rule covers the request, and where it is the value of a field. An entry that also says
	// how the request ended goes on with ->, the status, bytes= with those of request and reply, and the fields of the reply.
	Log []string
	// Without are the names of fields that are left out of Log, such as numbers that other cases are about.
	Without []string
	// Closed is a part of the reason for which the connection is closed; empty if it stays open. It is "policy drop" for a
	// connection that the factory declines.
	Closed string
	// Ops, if not nil, lists the operations of the run in which nothing is split: "client PASS 5", "server INJECT 7". The
	// first word says from which side the bytes came that the parser was called for. NOP is left out.
	Ops []string
	// written is what a file says that comes of each step, and lines are the numbers of their lines; nil without a file.
	written []transcript.Result
	lines   []int
}

// Step is one event of a transcript.
type Step struct {
	reply, end bool
	data       string
	// policy, if not nil, is put in force.
	policy *string
	// resumes, if not nil, is how a request goes on that has paused.
	resumes *resumption
}

// Client is bytes that the client sends.
func Client[B ~string | ~[]byte](data B) Step { return Step{data: string(data)} }

// Server is bytes that the server sends.
func Server[B ~string | ~[]byte](data B) Step { return Step{reply: true, data: string(data)} }

// ClientEnd is the end of the client's stream.
func ClientEnd() Step { return Step{end: true} }

// ServerEnd is the end of the server's stream.
func ServerEnd() Step { return Step{reply: true, end: true} }

// NewPolicy puts another policy in force, in the form that [CompilePolicy] takes.
func NewPolicy(text string) Step { return Step{policy: &text} }

// Run checks each case in a subtest of its own. The subtests run in parallel, after the test that calls Run has returned.
func Run(t *testing.T, cases ...Case) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			Check(t, c)
		})
	}
}

// Check checks one case. It may be called from one goroutine of a test at a time.
func Check(tb testing.TB, c Case) {
	tb.Helper()
	if *recordFlag != "" {
		record(tb, *recordFlag, c)
		return
	}
	script, err := newScript(c)
	if err != nil {
		tb.Fatalf("%s: %v", c.parserName(), err)
	}
	script.check(c).report(tb, script.Name)
}

// check plays the transcript in every segmentation and host, and collects what is not as the case wants it.
func (s *script) check(c Case) *failures {
	want := outcome{toServer: c.ToServer, toClient: c.ToClient, log: c.Log, closed: c.Closed}
	failed := &failures{}
	if problem := s.misplaced(c); problem != "" {
		failed.add(s.hosts[0], segmentation{name: "unsplit"}, problem, s.play(s.hosts[0], s.unsplit()))
	}
	for _, how := range segmentations(s.turns(false), s.turns(true)) {
		for _, h := range s.hosts {
			problem := func(got outcome) string {
				if problem := got.problem(want, h); problem != "" {
					return problem
				}
				if c.Ops != nil && how.whole && h == theEngine {
					return differsInLines("operations", got.ops, c.Ops)
				}
				return ""
			}
			got := s.play(h, how)
			found := problem(got)
			if found != "" && problem(s.keepingInput().play(h, how)) == "" {
				found = usedAfterTheCall + found
			}
			failed.add(h, how, found, got)
		}
	}
	return failed
}

// usedAfterTheCall begins the report of a problem that goes away if the input stays in memory after the call.
const usedAfterTheCall = "  the parser used input after the call that handed it over: copy what is needed later\n"

// hosts are those that the case is played in.
func (c *Case) hosts() []*hostKind {
	switch {
	case c.Waits, c.StartsTLS:
		return []*hostKind{theEngine, skipping}
	case c.CannotWait:
		return []*hostKind{ciliums, inTurns}
	case c.pauses():
		return []*hostKind{theEngine, skipping}
	}
	return hosts
}

// script is a transcript that is ready to be played any number of times.
type script struct {
	*protocol
	conn            *Conn
	audit, readOnly bool
	startsTLS       bool
	logKinds        accesslog.Kinds
	// without are the fields that the log leaves out.
	without []string
	start   *policy.Snapshot
	steps   []Step
	// snapshots holds the policies of the steps that have one.
	snapshots []*policy.Snapshot
	// resumes: the steps say how requests go on that have paused.
	resumes bool
	// recorder, if not nil, takes the calls of a host that sends in turns.
	recorder *callRecorder
	// config is the configuration of the parser.
	config string
	// policy is the text of start.
	policy string
	// hosts are those that the transcript is played in.
	hosts []*hostKind
	// keepsInput: the memory of the input is not overwritten after the call.
	keepsInput bool
	// allocates: requests that pass may allocate.
	allocates bool
	// heldLimit is the limit of held bytes of the engine, 0 the default.
	heldLimit int
	// asked, if not nil, counts what the policy has been asked about.
	asked *int
}

func newScript(c Case) (*script, error) {
	p, err := c.protocol()
	if err != nil {
		return nil, err
	}
	s := &script{
		protocol: p, conn: c.Conn, audit: c.Audit, readOnly: c.ReadOnly, logKinds: c.LogKinds, startsTLS: c.StartsTLS, without: c.Without, steps: c.Steps,
		policy: c.Policy, config: c.Config, hosts: c.hosts(), allocates: c.Allocates,
		snapshots: make([]*policy.Snapshot, len(c.Steps)), resumes: c.Resumes || resumes(c.Steps),
	}
	if s.start, err = p.compile(c.Policy); err != nil {
		return nil, err
	}
	for i, step := range c.Steps {
		if step.policy == nil {
			continue
		}
		if s.snapshots[i], err = p.compile(*step.policy); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// keepingInput is the script with input that stays in memory after the call.
func (s *script) keepingInput() *script {
	kept := *s
	kept.keepsInput = true
	return &kept
}

// turn is what one side sends at a stretch, or a policy that is put in force.
type turn struct {
	reply, end bool
	data       string
	snapshot   *policy.Snapshot
	resumes    *resumption
}

// turns lists the steps; joined puts together what one side sends in consecutive steps, its end included. Where TLS begins
// between two of them, a client cannot send them together.
func (s *script) turns(joined bool) []turn {
	var turns []turn
	for i, step := range s.steps {
		t := turn{reply: step.reply, end: step.end, data: step.data, snapshot: s.snapshots[i], resumes: step.resumes}
		if n := len(turns); joined && !s.startsTLS && n > 0 && turns[n-1].joins(t) {
			turns[n-1].data += t.data
			turns[n-1].end = t.end
			continue
		}
		turns = append(turns, t)
	}
	return turns
}

func (t turn) joins(next turn) bool {
	special := t.snapshot != nil || next.snapshot != nil || t.resumes != nil || next.resumes != nil
	return !special && t.reply == next.reply && !t.end
}

// play runs the transcript through a host in a segmentation.
func (s *script) play(h *hostKind, how segmentation) outcome {
	c, err := h.connect(s)
	if err != nil {
		return outcome{closed: err.Error()}
	}
	for i, t := range how.turns {
		if c.special(t) {
			continue
		}
		pieces := how.pieces(i, t.data)
		if how.scattered || len(pieces) == 0 {
			c.write(t.reply, t.end, pieces)
			continue
		}
		for j := range pieces {
			c.write(t.reply, t.end && j == len(pieces)-1, pieces[j:j+1])
		}
	}
	return c.finish()
}
