package cli

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"runtime/metrics"
	"strings"
	"testing"
	"time"

	"github.com/proxylib/proxylib/internal/capturetest"
)

var captureSize = flag.Int("capture", 24, "size of the large capture, in megabytes")

// largeCapture writes a capture of many connections, each with exchanges of a kilobyte and more, and returns how many
// requests are in it.
func largeCapture(t *testing.T, size int) (path string, requests int) {
	t.Helper()
	const exchanges = 500
	out, err := os.CreateTemp(t.TempDir(), "*.pcap")
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	value := strings.Repeat("v", 1200)
	for written, n := 0, 0; written < size; n++ {
		c := capturetest.New(t, fmt.Sprintf("10.0.%d.%d:40000", n/250, 1+n%250), "10.0.0.2:11211")
		for i := range exchanges {
			c.Send(capturetest.Client, fmt.Sprintf("set public/%d 0 0 %d\r\n%s\r\n", i, len(value), value)).Send(capturetest.Server, "STORED\r\n")
		}
		text := c.End(capturetest.Client).End(capturetest.Server).Packets.Pcap(t)
		const fileHeader = 24
		if n > 0 {
			text = text[fileHeader:]
		}
		if _, err := out.Write(text); err != nil {
			t.Fatal(err)
		}
		written += len(text)
		requests += exchanges
	}
	return out.Name(), requests
}

func TestReplayOfALargeCaptureHoldsLittleOfIt(t *testing.T) {
	path, requests := largeCapture(t, *captureSize<<20)
	policy := file(t, "policy.yaml", "parser: memcache\npolicy:\n  allow:\n  - {command: set, keyPrefix: public/}\n")
	runtime.GC()
	before := liveHeap()
	peak, over := before, make(chan bool)
	watched := make(chan bool)
	go func() {
		defer close(watched)
		for {
			select {
			case <-over:
				return
			case <-time.After(10 * time.Millisecond):
				peak = max(peak, liveHeap())
			}
		}
	}()
	command := newCommand()
	var out tail
	command.SetOut(&out)
	command.SetErr(&out)
	command.SetArgs([]string{"replay", path, "--parser", "memcache", "--policy", policy})
	began := time.Now()
	err := execute(command)
	took := time.Since(began)
	close(over)
	<-watched
	if want := fmt.Sprintf("%d requests: %d allowed, 0 denied", requests, requests); err != nil || !strings.Contains(string(out), want) {
		t.Fatalf("%v: %q is not in %s", err, want, out)
	}
	t.Logf("%d MB in %v, %.0f MB a second, at most %d MB held", *captureSize, took, float64(*captureSize)/took.Seconds(), (peak-before)>>20)
	if held := peak - before; held > 12<<20 {
		t.Errorf("%d bytes are held", held)
	}
}

// liveHeap returns how many bytes the last collection of garbage has found in use.
func liveHeap() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}

// tail keeps the end of what is written.
type tail []byte

func (t *tail) Write(b []byte) (int, error) {
	*t = append(*t, b...)
	*t = append((*t)[:0], (*t)[max(0, len(*t)-200):]...)
	return len(b), nil
}
