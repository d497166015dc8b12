package testparsers

import "github.com/proxylib/proxylib/proxylib"

// passer passes everything.
type passer struct{}

func (passer) OnData(reply, endStream bool, data [][]byte) (proxylib.OpType, int) {
	if n := proxylib.NewView(data).Len(); n > 0 {
		return proxylib.PASS, n
	}
	return proxylib.NOP, 0
}
