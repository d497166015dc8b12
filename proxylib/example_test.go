package proxylib_test

import (
	"fmt"

	"github.com/proxylib/proxylib/policy"
	"github.com/proxylib/proxylib/proxylib"
	"github.com/proxylib/proxylib/proxylib/host"
)

// exampleConnection makes a connection as a host does. A parser gets its own when it is made.
func exampleConnection(instance *host.Instance) *host.Connection {
	conn, err := host.NewConnection(instance, "example", host.ConnectionInfo{
		Port: 80, DstAddr: "10.0.0.1:80",
		Protocol: &proxylib.Protocol{Name: "example", New: func(*proxylib.Connection) proxylib.Parser { return idle{} }},
	})
	if err != nil {
		panic(err)
	}
	return conn
}

// A queue keeps denials in the order of replies. This one denies a request by its number while the reply to an
// earlier one is owed.
func ExampleReplyQueue() {
	conn := exampleConnection(host.NewInstance(host.InstanceConfig{Policies: new(policy.Store)}))
	defer conn.Close()
	c := &conn.Connection

	type request struct{ number int }
	denial := func(r request, dst []byte) []byte { return fmt.Appendf(dst, "request %d is denied\n", r.number) }

	var replies proxylib.ReplyQueue[request]
	// The request side: one request passes, the next one is denied.
	replies.Forwarded(request{1})
	if !replies.DenyWith(c, request{2}, 0, denial) {
		fmt.Println(replies.Wait(c))
	}
	// The reply side: the denial waits until the reply to request 1 has passed.
	fmt.Println(replies.Next(c))
	fmt.Println("the server replies to request", replies.Head().number)
	replies.Done()
	fmt.Println(replies.Next(c))
	fmt.Printf("%s", *c.ReplyBuf)
	// Output:
	// NOP 0
	// the server replies to request 1
	// INJECT 20
	// request 2 is denied
}

// Requests with tags are noted when they pass, and found when their replies come, in any order.
func ExampleInFlight() {
	var requests proxylib.InFlight[uint32, string]
	for tag, what := range []string{"fetch", "produce"} {
		request, err := requests.Put(uint32(tag))
		if err != nil {
			fmt.Println(err)
			return
		}
		*request = what
	}
	_, err := requests.Put(1)
	fmt.Println(err)
	request, ok := requests.Take(1)
	fmt.Println(request, ok, requests.Len())
	_, ok = requests.Take(7)
	fmt.Println(ok)
	// Output:
	// tag of a request is in use by one that has no reply yet
	// produce true 1
	// false
}

// An outbox sends more than an inject buffer takes, in pieces.
func ExampleOutbox() {
	conn := exampleConnection(host.NewInstance(host.InstanceConfig{Policies: new(policy.Store)}))
	defer conn.Close()
	c := &conn.Connection

	toClient := proxylib.Outbox{Reply: true}
	// The reply side: 100 bytes of the server's are replaced by 2,500 others.
	fmt.Println(toClient.Replace(c, 100, make([]byte, 2500)))
	for !toClient.Empty() {
		fmt.Println(toClient.Next(c))
		*c.ReplyBuf = (*c.ReplyBuf)[:0] // as the host sends them
	}
	// Output:
	// DROP 100
	// INJECT 1024
	// INJECT 1024
	// INJECT 452
}

// Connections to one server share what a parser has learned of it.
func ExampleShared() {
	type topics struct{ allowance *proxylib.Allowance }
	newTopics := func(a *proxylib.Allowance) *topics { return &topics{allowance: a} }

	instance := host.NewInstance(host.InstanceConfig{Policies: new(policy.Store)})
	a, b := exampleConnection(instance), exampleConnection(instance)
	ofA := proxylib.Shared(&a.Connection, a.DstAddr, newTopics)
	ofB := proxylib.Shared(&b.Connection, b.DstAddr, newTopics)
	fmt.Println(ofA == ofB, ofA.allowance.Take(64))
	fmt.Println(instance.SharedValues(), instance.SharedBytes())
	a.Close()
	b.Close()
	fmt.Println(instance.SharedValues(), instance.SharedBytes())
	// Output:
	// true true
	// 1 64
	// 0 0
}
