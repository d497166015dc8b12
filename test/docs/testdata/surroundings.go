// Package block has what the fragments of Go in docs/writing-a-parser.md and docs/http-filters.md take for granted.
package block

const maxLine = 512

var (
	framing  wire.Framing
	ping     []byte
	line     []byte
	denial   []byte
	tag      uint32
	verdict  proxylib.Verdict
	view     proxylib.View
	commands map[string]proxylib.Access
)

type owed struct{ prompt bool }

type parser struct {
	connection *proxylib.Connection
	lines      wire.Lines
	replies    proxylib.ReplyQueue[owed]
	inFlight   proxylib.InFlight[uint32, owed]
	entry      proxylib.L7Entry
	scratch    []byte
	request    any
	service    service
}

type service struct{}

func (service) ask(ticket proxylib.Ticket, question string) {}

func newParser(*proxylib.Connection) proxylib.Parser { return nil }

func accessOf(command string) proxylib.Access { return commands[command] }

// What follows is for docs/http-filters.md.

type handler struct{}

func (h *handler) ask(done func(allowed bool)) {}

type route struct{}
