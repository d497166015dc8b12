package parsertest

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/proxylib/proxylib/policy"
	"github.com/proxylib/proxylib/proxylib"
	"github.com/proxylib/proxylib/proxylib/host"
)

// hostKind is a way in which a parser is driven.
type hostKind struct {
	name string
	// buffers: the host brings inject buffers of its own.
	buffers bool
	// drive makes the driver of a connection of the script.
	drive func(conn *host.Connection, s *script) driver
	// promises tells how much of an outcome the host delivers.
	promises func(want outcome) promise
}

// driver carries out the operations of a parser.
type driver interface {
	// data takes bytes that arrive. They are valid during the call.
	data(reply, end bool, chunks [][]byte)
	// resume has the parser called again for a request that has paused.
	resume()
	// waits reports whether the client is read no further.
	waits() bool
	// flush delivers what a host may delay.
	flush()
	// close ends the connection.
	close()
	// take returns what has reached client or server, and forgets it.
	take(reply bool) []byte
	// result returns what has reached server and client, and why the connection was closed, if it was.
	result() (toServer, toClient []byte, closed string)
}

var (
	theEngine = &hostKind{name: "stream engine", drive: newEngineDriver, promises: promisesEverything}
	skipping  = &hostKind{name: "stream engine, verdicts that stand applied by the host", drive: newSkippingDriver,
		promises: promisesEverything}
	ciliums = &hostKind{name: "Cilium's host", buffers: true, drive: newCiliumDriver, promises: promisesUntilClosed}
	inTurns = &hostKind{name: "a host that sends in turns", drive: newTurnsDriver, promises: promisesEverything}
	hosts   = []*hostKind{theEngine, skipping, ciliums, inTurns}
)

func promisesEverything(outcome) promise { return everything }

// promisesUntilClosed is for a host that, when the connection ends in an error, need not send what the call has passed.
func promisesUntilClosed(want outcome) promise {
	if want.closed != "" {
		return beginning
	}
	return everything
}

// connection is one connection to a host, its policy and its log.
type connection struct {
	driver
	store   *policy.Store
	log     *Log
	conn    *host.Connection
	witness *witness
	pauses  *pauses
	// keepsInput: the memory of the input is not overwritten after the call.
	keepsInput bool
}

func (h *hostKind) connect(s *script) (*connection, error) {
	c := &connection{store: new(policy.Store), keepsInput: s.keepsInput, log: &Log{protocol: s.Protocol, without: s.without}, pauses: s.newPauses()}
	c.store.Replace(s.start)
	info := s.conn.info()
	info.Protocol, info.New, info.Wake = s.Protocol, s.newParser, c.pauses.wake
	if h.buffers {
		orig, reply := make([]byte, 0, proxylib.InjectBufSize), make([]byte, 0, proxylib.InjectBufSize)
		info.OrigBuf, info.ReplyBuf = &orig, &reply
	}
	var err error
	instance := host.NewInstance(host.InstanceConfig{ID: 1, Audit: s.audit, ReadOnly: s.readOnly, Policies: c.store, AccessLog: s.logger(c.log), LogKinds: s.logKinds})
	c.conn, err = host.NewConnection(instance, s.Name, info)
	if err != nil {
		return nil, err
	}
	c.witness = &witness{parser: c.conn.Parser, conn: c.conn, log: c.log, asked: s.asked}
	c.conn.Parser = c.witness
	c.driver = h.drive(c.conn, s)
	return c, nil
}

// write hands bytes to the host in memory that is overwritten afterwards.
func (c *connection) write(reply, end bool, pieces []string) {
	data := []byte(strings.Join(pieces, ""))
	c.witness.accounts[index(reply)].in += len(data)
	var chunks [][]byte
	for at := 0; len(pieces) > 0; pieces = pieces[1:] {
		next := at + len(pieces[0])
		chunks = append(chunks, data[at:next:next])
		at = next
	}
	before := bytes.Clone(data)
	c.data(reply, end, chunks)
	if !bytes.Equal(data, before) {
		c.witness.misconduct = "the parser wrote to its input"
	}
	if !c.keepsInput {
		overwrite(data)
	}
	if !c.pauses.await(c.conn, c.resume) {
		c.witness.misconduct = nobodyResumes
	}
}

// special carries out a turn without bytes, and reports whether it is one.
func (c *connection) special(t turn) bool {
	switch {
	case t.snapshot != nil:
		c.store.Replace(t.snapshot)
	case t.resumes == nil:
		return false
	case t.resumes.carryOut(c.conn):
		c.resume()
	}
	return true
}

// overwrite spoils memory that nobody may use any more.
func overwrite(b []byte) {
	for i := range b {
		b[i] = 0xdd
	}
}

// finish ends the connection and returns what came of it.
func (c *connection) finish() outcome {
	c.flush()
	c.witness.settle()
	c.close()
	toServer, toClient, closed := c.result()
	o := outcome{
		toServer: string(toServer), toClient: string(toClient), log: c.log.Lines, closed: closed, ops: c.witness.ops,
		misconduct: c.witness.misconduct, speechless: c.witness.speechless, accounts: c.witness.accounts,
		unlogged: c.witness.unlogged, fields: slices.Collect(maps.Keys(c.log.seen)),
	}
	if t, ok := c.driver.(*turnsDriver); ok {
		o.prompted, o.unanswered = t.prompted, len(t.answers) > 0
		if t.prompted && len(c.log.closed) > 0 {
			o.closing = c.log.closed[0]
		}
	}
	failure := c.conn.Failure()
	switch {
	case strings.Contains(failure, "panicked"):
		o.misconduct = failure + "; access-log entry: " + c.log.closing + "\n" + c.witness.stack
	case strings.Contains(failure, "invalid length"):
		o.misconduct = failure
	case failure != "" && (len(c.log.closed) != 1 || !strings.HasSuffix(failure, ": "+c.log.closed[0])):
		o.misconduct = fmt.Sprintf("the connection is closed because of %q, and the access log has %q", failure, c.log.closed)
	case c.log.undeclared != "":
		o.misconduct = "the parser logs the field " + c.log.undeclared + ", which it does not declare"
	case c.witness.closes > 1:
		o.misconduct = "the host closed the parser more than once"
	}
	return o
}
