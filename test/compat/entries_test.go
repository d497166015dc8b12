package compat

import (
	"net"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	cilium "github.com/cilium/proxy/go/cilium/api"
	"google.golang.org/protobuf/proto"
)

// largestEntry is the size, in bytes, of the largest packet that the agent reads.
const largestEntry = 4096

// receiver takes access-log entries as the agent does.
type receiver struct {
	tb      testing.TB
	entries chan *cilium.LogEntry
}

// newSockets names the sockets of a test, which are not there yet.
func newSockets(tb testing.TB) sockets {
	dir := tb.TempDir()
	return sockets{filepath.Join(dir, "xds.sock"), filepath.Join(dir, "access_log.sock")}
}

// receive listens until the test ends.
func receive(tb testing.TB, socket string) *receiver {
	tb.Helper()
	listener, err := net.ListenUnix("unixpacket", &net.UnixAddr{Name: socket, Net: "unixpacket"})
	if err != nil {
		tb.Fatal(err)
	}
	r := &receiver{tb, make(chan *cilium.LogEntry, 1<<12)}
	tb.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.AcceptUnix()
			if err != nil {
				return
			}
			go r.read(conn)
		}
	}()
	return r
}

func (r *receiver) read(conn *net.UnixConn) {
	defer conn.Close()
	packet := make([]byte, largestEntry)
	for {
		n, _, flags, _, err := conn.ReadMsgUnix(packet, nil)
		if err != nil || n == 0 {
			return
		}
		entry := &cilium.LogEntry{}
		if err := proto.Unmarshal(packet[:n], entry); err != nil || flags&syscall.MSG_TRUNC != 0 {
			r.tb.Errorf("a packet of %d bytes, flags %#x, is not an entry: %v", n, flags, err)
			return
		}
		r.entries <- entry
	}
}

// next returns the next entry.
func (r *receiver) next() *cilium.LogEntry {
	r.tb.Helper()
	select {
	case entry := <-r.entries:
		return entry
	case <-time.After(patience):
		r.tb.Fatal("no entry has come")
		return nil
	}
}

// all returns the entries that have come, when none has come for a while.
func (r *receiver) all() (entries []*cilium.LogEntry) {
	for {
		select {
		case entry := <-r.entries:
			entries = append(entries, entry)
		case <-time.After(300 * time.Millisecond):
			return entries
		}
	}
}

func TestEntriesAreReadWithUpstreamsMessages(t *testing.T) {
	for name, library := range map[string]string{"ours": built.ours, "upstream": built.upstream} {
		t.Run(name, func(t *testing.T) {
			at := newSockets(t)
			agent, receiver, h := startAgent(t, at.xds), receive(t, at.log), load(t, library)
			h.open(at)
			agent.mustPut("1", haltPolicy(t, `{"rule": {"cmd": "HALT"}}`))
			before := time.Now()
			halts(t, h)
			got := receiver.next()
			logged := time.Unix(0, int64(got.GetTimestamp()))
			if logged.Before(before) || logged.After(time.Now()) {
				t.Errorf("the entry is of %v", logged)
			}
			want := &cilium.LogEntry{
				Timestamp: got.GetTimestamp(), IsIngress: true, EntryType: cilium.EntryType_Request, PolicyName: "10.0.0.1",
				SourceSecurityId: 7, DestinationSecurityId: 1, SourceAddress: "10.0.0.2:34567", DestinationAddress: "10.0.0.1:4040",
				L7: &cilium.LogEntry_GenericL7{GenericL7: &cilium.L7LogEntry{Proto: "r2d2", Fields: map[string]string{"cmd": "HALT"}}},
			}
			if library == built.upstream {
				want.GetGenericL7().Fields["file"] = ""
			}
			dropUnknown(got)
			if !proto.Equal(got, want) {
				t.Errorf("entry\n%v, want\n%v", got, want)
			}
		})
	}
}

// dropUnknown removes the fields that upstream's messages do not have, as a receiver does.
func dropUnknown(e *cilium.LogEntry) { e.ProtoReflect().SetUnknown(nil) }
