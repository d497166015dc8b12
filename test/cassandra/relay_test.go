package cassandra

import (
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/proxylib/proxylib/accesslog"
	"github.com/proxylib/proxylib/datapath"
	"github.com/proxylib/proxylib/parsers/cassandra"
	"github.com/proxylib/proxylib/parsertest"
	"github.com/proxylib/proxylib/policy"
	"github.com/proxylib/proxylib/proxylib"
)

// proxy is a listener whose connections lead through the parser to a server, as our own hosts do it: one stream engine
// a connection.
type proxy struct {
	t        *testing.T
	instance *proxylib.Instance
	server   string
	listener net.Listener
	ids      atomic.Uint64

	mu sync.Mutex
	// lines are the entries of the access log, and why connections were closed.
	lines []string
}

// newInstance is an instance under rules in the form of parsertest.CompilePolicy.
func newInstance(t *testing.T, rules string, log accesslog.Logger) *proxylib.Instance {
	instance := &proxylib.Instance{ID: 1, Policies: new(policy.Store), AccessLog: log}
	enforce(t, instance, rules)
	return instance
}

// enforce puts other rules in force.
func enforce(t *testing.T, instance *proxylib.Instance, rules string) {
	t.Helper()
	snapshot, err := parsertest.CompilePolicy(cassandra.Name, rules)
	if err != nil {
		t.Fatal(err)
	}
	instance.Policies.Replace(snapshot)
}

// newEngine is the engine of a connection to a server.
func newEngine(instance *proxylib.Instance, id uint64, server string) (*datapath.Engine, error) {
	connection, err := proxylib.NewConnection(instance, cassandra.Name, proxylib.ConnectionInfo{
		Id: id, Ingress: true, SrcId: parsertest.ClientID, SrcAddr: "127.0.0.1:1", DstAddr: server,
		PolicyName: parsertest.Endpoint, Port: parsertest.Port,
	})
	if err != nil {
		return nil, err
	}
	return datapath.New(connection, datapath.Limits{}), nil
}

// startProxy starts a proxy that allows everything. It ends with the test.
func startProxy(t *testing.T, server string) *proxy {
	p := &proxy{t: t, server: server}
	p.instance = newInstance(t, "", p)
	var err error
	if p.listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.listener.Close() })
	go func() {
		for {
			client, err := p.listener.Accept()
			if err != nil {
				return
			}
			go p.serve(client)
		}
	}()
	return p
}

// Log implements [accesslog.Logger].
func (p *proxy) Log(entry accesslog.Entry) {
	var one parsertest.Log
	one.Log(entry)
	p.note(one.Lines[0])
}

func (p *proxy) note(line string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lines = append(p.lines, line)
}

// noted returns the lines that begin with one of the words.
func (p *proxy) noted(words ...string) []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var list []string
	for _, line := range p.lines {
		if slices.ContainsFunc(words, func(word string) bool { return strings.HasPrefix(line, word) }) {
			list = append(list, line)
		}
	}
	return list
}

// relay is one connection through the proxy.
type relay struct {
	proxy  *proxy
	mu     sync.Mutex
	engine *datapath.Engine
	// sides are the connections to the client and to the server.
	sides [2]net.Conn
}

func (p *proxy) serve(client net.Conn) {
	defer client.Close()
	server, err := net.Dial("tcp", p.server)
	if err != nil {
		p.note("closed: " + err.Error())
		return
	}
	defer server.Close()
	engine, err := newEngine(p.instance, p.ids.Add(1), p.server)
	if err != nil {
		p.note("closed: " + err.Error())
		return
	}
	defer engine.Close()
	r := &relay{proxy: p, engine: engine, sides: [2]net.Conn{client, server}}
	done := make(chan struct{}, 2)
	for from := range 2 {
		go func() {
			r.copy(from)
			done <- struct{}{}
		}()
	}
	<-done
	client.Close()
	server.Close()
	<-done
}

// copy carries the bytes of one side to the other until there are no more, or the parser gives up.
func (r *relay) copy(from int) {
	buf := make([]byte, 64<<10)
	for {
		n, err := r.sides[from].Read(buf)
		if !r.data(from, buf[:n], err == io.EOF) || err != nil {
			return
		}
	}
}

func (r *relay) data(from int, data []byte, end bool) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	plan := &datapath.Plan{}
	var chunks [][]byte
	if len(data) > 0 {
		chunks = [][]byte{data}
	}
	r.engine.Data(from == 1, end, chunks, plan)
	if plan.Leave {
		_, _ = r.sides[1-from].Write(data)
	}
	_, _ = r.sides[1-from].Write(plan.Out)
	_, _ = r.sides[from].Write(plan.Reverse)
	if plan.Close {
		r.proxy.note("closed: " + plan.Reason)
	}
	return !plan.Close
}
