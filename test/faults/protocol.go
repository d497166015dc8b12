package faults

import "fmt"

// Protocol makes the requests of clients. A round is a few requests in one write, and the replies that they must get.
type Protocol struct {
	Parser string
	// Port is the one that policy is looked up for.
	Port int
	// Round makes the round with a name that is used once.
	Round func(name string) (requests, replies string)
	// Passed, Denied and Responses count, in a round, the requests that are allowed, those that are not, and the entries
	// that replies leave in the access log.
	Passed, Denied, Responses int
}

// Entries is how many entries a round leaves in the access log.
func (d *Protocol) Entries() int { return d.Passed + d.Denied + d.Responses }

// Memcache stores a value, tries to store one where that is denied, and reads its own.
var Memcache = &Protocol{
	Parser: "memcache", Port: 11211, Passed: 2, Denied: 1, Responses: 2,
	Round: func(name string) (requests, replies string) {
		set := fmt.Sprintf("/%s 0 60 %d\r\n%s\r\n", name, len(name), name)
		return "set public" + set + "set secret" + set + "get public/" + name + "\r\n",
			"STORED\r\nCLIENT_ERROR access denied\r\n" +
				fmt.Sprintf("VALUE public/%s 0 %d\r\n%s\r\nEND\r\n", name, len(name), name)
	},
}

// R2D2 reads a file, and one where that is denied. [Echo] is its server.
var R2D2 = &Protocol{
	Parser: "r2d2", Port: 4040, Passed: 1, Denied: 1,
	Round: func(name string) (requests, replies string) {
		return "READ public/" + name + "\r\nREAD secret/" + name + "\r\n", "OK public/" + name + "\r\nERROR\r\n"
	},
}
