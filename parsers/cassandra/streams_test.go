package cassandra

import (
	"runtime"
	"testing"

	"github.com/proxylib/proxylib/proxylib"
)

// heap returns the number of bytes in use.
func heap() int {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}

func TestAllStreamsInFlightTakeWhatTheReadmeSays(t *testing.T) {
	p := parser{connection: &proxylib.Connection{}}
	p.streams.Max = maxInFlight
	before := heap()
	for stream := range maxInFlight {
		p.forward(uint16(stream), opQuery)
	}
	if size := heap() - before; size > 5<<19 {
		t.Errorf("%d bytes", size)
	}
	for stream := range maxInFlight {
		p.answered(&header{stream: uint16(stream)}, p.streams.Get(uint16(stream)))
	}
	if size := heap() - before; size > 64<<10 {
		t.Errorf("an idle connection keeps %d bytes", size)
	}
	runtime.KeepAlive(&p)
}
