package main

import (
	"fmt"
	"math/rand/v2"
)

// itemCount is how many items a row works on. There are more of them than requests in flight on a connection, so a
// reply that comes out of its turn is seen.
const itemCount = 32

// item is a key and its value in the server, and the request that a row makes of it.
type item struct {
	key   string
	value []byte
	// request and reply are what goes over the wire.
	request, reply []byte
}

// items returns what a row works on. Keys and values are the same in each run.
func (r row) items() []item {
	all := make([]item, itemCount)
	for i := range all {
		it := &all[i]
		it.key = fmt.Sprintf("load/%s/%d", r.name, i)
		it.value = make([]byte, r.size)
		rand.NewChaCha8([32]byte{byte(i)}).Read(it.value)
		switch {
		case r.server == redisServer && r.set:
			it.request = fmt.Appendf(nil, "*3\r\n$3\r\nSET\r\n$%d\r\n%s\r\n$%d\r\n%s\r\n", len(it.key), it.key, r.size, it.value)
			it.reply = []byte("+OK\r\n")
		case r.server == redisServer:
			it.request = fmt.Appendf(nil, "*2\r\n$3\r\nGET\r\n$%d\r\n%s\r\n", len(it.key), it.key)
			it.reply = fmt.Appendf(nil, "$%d\r\n%s\r\n", r.size, it.value)
		case r.server == postgresServer:
			it.value = fmt.Appendf(nil, "%x", it.value)[:r.size]
			it.request, it.reply = execution(it.key, it.value)
		case r.set:
			it.request = fmt.Appendf(nil, "set %s 0 0 %d\r\n%s\r\n", it.key, r.size, it.value)
			it.reply = []byte("STORED\r\n")
		default:
			it.request = fmt.Appendf(nil, "get %s\r\n", it.key)
			it.reply = fmt.Appendf(nil, "VALUE %s 0 %d\r\n%s\r\nEND\r\n", it.key, r.size, it.value)
		}
	}
	return all
}
