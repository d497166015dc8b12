// Command proxy puts the cassandra parser between drivers and a server, over TCP, as our own hosts do it: one stream
// engine a connection. It is for tests with real servers and prints the access log, an entry a line.
//
//	proxy SERVER POLICY
//
// SERVER is the address of the server, POLICY a file with rules in the form of parsertest.CompilePolicy. The first line
// of output is the address that the proxy listens on. It reads the policy again when a line comes on standard input.
package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"

	"github.com/proxylib/proxylib/accesslog"
	"github.com/proxylib/proxylib/datapath"
	"github.com/proxylib/proxylib/parsers/cassandra"
	"github.com/proxylib/proxylib/parsertest"
	"github.com/proxylib/proxylib/policy"
	"github.com/proxylib/proxylib/proxylib"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "proxy:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 2 {
		return errors.New("want the address of a server and the name of a policy file")
	}
	out := &printer{out: bufio.NewWriter(os.Stdout)}
	instance := &proxylib.Instance{ID: 1, Policies: new(policy.Store), AccessLog: out}
	if err := load(instance, args[1]); err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	out.print(listener.Addr().String())
	go func() {
		for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
			if err := load(instance, args[1]); err != nil {
				out.print("error: " + err.Error())
				continue
			}
			out.print("loaded")
		}
		os.Exit(0)
	}()
	for id := uint64(1); ; id++ {
		client, err := listener.Accept()
		if err != nil {
			return err
		}
		go serve(instance, id, client, args[0], out)
	}
}

func load(instance *proxylib.Instance, name string) error {
	text, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	snapshot, err := parsertest.CompilePolicy(cassandra.Name, string(text))
	if err != nil {
		return err
	}
	instance.Policies.Replace(snapshot)
	return nil
}

// printer prints log entries and what else there is to say, a line each.
type printer struct {
	mu  sync.Mutex
	out *bufio.Writer
}

func (p *printer) Log(entry accesslog.Entry) {
	var one parsertest.Log
	one.Log(entry)
	p.print(one.Lines[0])
}

func (p *printer) print(line string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	fmt.Fprintln(p.out, line)
	p.out.Flush()
}

// relay is one connection through the proxy.
type relay struct {
	mu     sync.Mutex
	engine *datapath.Engine
	// sides are the connections to the client and to the server.
	sides [2]net.Conn
	out   *printer
}

func serve(instance *proxylib.Instance, id uint64, client net.Conn, address string, out *printer) {
	defer client.Close()
	server, err := net.Dial("tcp", address)
	if err != nil {
		out.print("error: " + err.Error())
		return
	}
	defer server.Close()
	connection, err := proxylib.NewConnection(instance, cassandra.Name, proxylib.ConnectionInfo{
		Id: id, Ingress: true, SrcId: parsertest.ClientID, SrcAddr: client.RemoteAddr().String(), DstAddr: address,
		PolicyName: parsertest.Endpoint, Port: parsertest.Port,
	})
	if err != nil {
		out.print("error: " + err.Error())
		return
	}
	r := &relay{engine: datapath.New(connection, datapath.Limits{}), sides: [2]net.Conn{client, server}, out: out}
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
	r.engine.Close()
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
		r.out.print("closed: " + plan.Reason)
	}
	return !plan.Close
}
