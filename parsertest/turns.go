package parsertest

import (
	"bytes"
	"slices"
	"strings"

	"github.com/proxylib/proxylib/datapath"
	"github.com/proxylib/proxylib/proxylib"
	"github.com/proxylib/proxylib/proxylib/host"
)

// promptAnswers is filled by init functions, and read-only afterwards.
var promptAnswers = map[string]func(config, request string) (reply string, closes bool){}

// AnswerPrompts says how the server of transcripts, whose parser has a configuration, replies to the requests by which a parser makes it speak, see [proxylib.Prompter], and
// whether it closes the connection then. It is meant to be called from an init function of the tests of a parser that is a
// Prompter: transcripts are also played through a host that can send to the client only when the server speaks.
func AnswerPrompts(parser string, answer func(config, request string) (reply string, closes bool)) {
	promptAnswers[parser] = answer
}

// turnsDriver is a host that can send in a direction only while it handles bytes of that direction. It plays the server as
// far as prompts are concerned.
type turnsDriver struct {
	engine  *datapath.Engine
	plan    datapath.Plan
	witness *witness
	config  string
	// recorder, if not nil, takes the calls.
	recorder *callRecorder
	answer   func(config, request string) (reply string, closes bool)
	// answers are the replies to prompts that are due. prompted: there was a prompt.
	answers  []answered
	prompted bool
	out      [2][]byte
	closed   string
}

type answered struct {
	reply  string
	closes bool
}

func newTurnsDriver(conn *host.Connection, s *script) driver {
	return &turnsDriver{
		engine:  datapath.NewInTurns(conn, datapath.Limits{HeldBytes: s.heldLimit}),
		witness: conn.Parser.(*witness), config: s.config, recorder: s.recorder, answer: promptAnswers[s.Name],
	}
}

func (d *turnsDriver) data(reply, end bool, chunks [][]byte) {
	d.once(reply, end, chunks)
	d.flush()
}

// flush has the server reply to prompts, where a reply may begin.
func (d *turnsDriver) flush() {
	for len(d.answers) > 0 && d.closed == "" && d.mayReply() {
		a := d.answers[0]
		d.answers = d.answers[1:]
		d.witness.accounts[1].in += len(a.reply)
		d.once(true, a.closes, list(nil, [][]byte{[]byte(a.reply)}))
	}
}

// mayReply reports whether all bytes of the server's have been judged.
func (d *turnsDriver) mayReply() bool {
	a := d.witness.accounts[1]
	return a.in == a.passed+a.dropped
}

func (d *turnsDriver) once(reply, end bool, chunks [][]byte) {
	d.witness.prompt = nil
	d.engine.Data(reply, end, append([][]byte(nil), chunks...), &d.plan)
	p, out := &d.plan, d.plan.Out
	if p.Leave {
		out = bytes.Join(chunks, nil)
	}
	if d.recorder != nil {
		d.recorder.note(reply, end, chunks, out, p.Reason)
	}
	if prompt := d.witness.prompt; prompt != nil {
		rest, found := bytes.CutSuffix(out, prompt)
		if !found || d.answer == nil {
			d.witness.misconduct = "the server is asked to speak, and nobody knows what it says: see AnswerPrompts"
			return
		}
		out = rest
		text, closes := d.answer(d.config, string(prompt))
		d.answers, d.prompted = append(d.answers, answered{text, closes}), true
	}
	if len(p.Reverse) > 0 || p.Wait {
		d.witness.misconduct = "the engine made a plan that a host cannot carry out which sends in turns"
	}
	d.out[index(reply)] = append(d.out[index(reply)], out...)
	if p.Close && d.closed == "" {
		d.closed = p.Reason
	}
}

// unsendable reports whether the connection was closed while no harmless request could be sent, before anything has come of it
// that is not wanted.
func (o outcome) unsendable(want outcome) bool {
	return o.speechless && o.closed != "" && strings.HasPrefix(want.toServer, o.toServer) &&
		strings.HasPrefix(want.toClient, o.toClient) && len(o.log) <= len(want.log) && slices.Equal(o.log, want.log[:len(o.log)])
}

// resume does nothing: nothing pauses.
func (d *turnsDriver) resume() {}

func (d *turnsDriver) waits() bool { return false }

func (d *turnsDriver) take(reply bool) []byte {
	out := &d.out[index(reply)]
	taken := *out
	*out = nil
	return taken
}

// close keeps what would go out with the next bytes of either side.
func (d *turnsDriver) close() {
	for _, reply := range []bool{false, true} {
		d.out[index(reply)] = append(d.out[index(reply)], d.engine.Waiting(reply)...)
	}
	d.engine.Close()
}

func (d *turnsDriver) result() (toServer, toClient []byte, closed string) {
	return d.out[0], d.out[1], d.closed
}

// Prompt is that of the parser.
func (w *witness) Prompt() (proxylib.OpType, int) {
	p, ok := w.parser.(proxylib.Prompter)
	if !ok {
		if w.Owes() {
			return proxylib.NOP, 0
		}
		w.speechless = true
		return proxylib.ERROR, int(proxylib.ERROR_INVALID_FRAME_TYPE)
	}
	op, n := p.Prompt()
	w.speechless = op == proxylib.ERROR || op == proxylib.MORE
	if op == proxylib.INJECT {
		w.prompt = bytes.Clone(*w.conn.OrigBuf)
	}
	return op, n
}
