package testparsers

import (
	"github.com/proxylib/proxylib/proxylib"
	"github.com/proxylib/proxylib/proxylib/wire"
)

// lineParser does with each line, ended by a line feed, what the first word of it says.
type lineParser struct {
	connection *proxylib.Connection
	ends       [2]wire.Lines
	injector   injector
}

func newLineParser(connection *proxylib.Connection) proxylib.Parser {
	return &lineParser{connection: connection, ends: newLines(), injector: injector{connection: connection}}
}

func (p *lineParser) OnData(reply, endStream bool, data [][]byte) (proxylib.OpType, int) {
	if op, n, busy := p.injector.next(reply); busy {
		return op, n
	}
	view := proxylib.NewView(data)
	if view.Len() == 0 {
		return proxylib.NOP, 0
	}
	op, n := p.ends[index(reply)].Take(p.connection, view)
	if op != proxylib.PASS {
		return op, n
	}
	switch {
	case view.HasPrefix([]byte("PASS")):
		return proxylib.PASS, n
	case view.HasPrefix([]byte("DROP")):
		return proxylib.DROP, n
	case view.HasPrefix([]byte("INJECT")):
		return p.injector.sendBack(reply, view, n)
	case view.HasPrefix([]byte("STARTTLS")) && p.connection.Host().CanStartTLS():
		return p.connection.StartTLS(n, []byte("TLS\n"))
	case view.HasPrefix([]byte("STARTTLS")):
		p.connection.Inject(true, []byte("PLAIN\n"))
		return proxylib.DROP, n
	case view.HasPrefix([]byte("INSERT")):
		return p.injector.insert(reply, view, n)
	}
	return p.connection.Fail("unknown word", proxylib.ERROR_INVALID_FRAME_TYPE)
}
