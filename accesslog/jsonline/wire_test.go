package jsonline

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/proxylib/proxylib/accesslog"
	"github.com/proxylib/proxylib/api/cilium"
)

func randomText(r *rand.Rand) string {
	b := make([]byte, r.IntN(20))
	for i := range b {
		b[i] = []byte("ab\"\\/\x00\n\xc3\xa4 \xff<")[r.IntN(12)]
	}
	return string(b)
}

func randomHTTP(r *rand.Rand) *accesslog.HTTP {
	headers := func() (list []accesslog.HTTPHeader) {
		for range r.IntN(3) {
			list = append(list, accesslog.HTTPHeader{Key: randomText(r), Value: randomText(r)})
		}
		return list
	}
	return &accesslog.HTTP{
		Protocol: cilium.HttpProtocol(r.IntN(3)), Scheme: randomText(r), Host: randomText(r), Path: randomText(r), Method: randomText(r),
		Headers: headers(), Missing: headers(), Rejected: headers(), Status: r.Uint32N(2) * 404,
	}
}

// randomEntry is an entry as the data path writes it.
func randomEntry(r *rand.Rand) []byte {
	e := entryOf(r)
	return e.Append(nil)
}

func entryOf(r *rand.Rand) accesslog.Entry {
	flow := accesslog.NewFlow(accesslog.FlowInfo{
		Ingress: r.IntN(2) == 0, PolicyName: randomText(r), ProxyID: r.Uint32N(2), SourceID: r.Uint32N(3),
		DestinationID: r.Uint32(), SourceAddress: randomText(r), DestinationAddress: randomText(r),
		Connection: r.Uint64N(3), ServerName: randomText(r), Parser: randomText(r),
	})
	l7 := accesslog.NewGeneric(randomText(r))
	for i := range r.IntN(4) {
		l7.Add(string(rune('a'+i))+randomText(r), randomText(r))
	}
	var l7Part accesslog.L7 = l7
	if r.IntN(2) == 0 {
		l7Part = randomHTTP(r)
	}
	e := accesslog.Entry{
		Time: r.Int64(), Type: cilium.EntryType(r.IntN(3)), Rule: randomText(r), Audit: r.IntN(5) == 0, Flow: &flow, L7: l7Part,
		Reason: randomText(r), Request: r.Uint64N(3),
	}
	if r.IntN(3) == 0 {
		e.Exchange = &accesslog.Exchange{
			Status: cilium.ReplyStatus(r.IntN(len(cilium.ReplyStatus_name) + 1)), RequestBytes: r.Uint64N(3), ReplyBytes: r.Uint64(), Latency: r.Uint64N(1000),
		}
		if r.IntN(3) > 0 {
			e.Exchange.Reply = accesslog.NewGeneric("").Add("status"+randomText(r), randomText(r)).Add("more", randomText(r))
		}
	}
	if r.IntN(4) == 0 {
		e.Closed = &accesslog.Closed{Reply: r.IntN(2) == 0, Offset: r.Uint64N(3)}
	}
	return e
}

// keysOf returns the keys of a JSON object in their order.
func keysOf(t *testing.T, text []byte) (keys []string) {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(text))
	if _, err := decoder.Token(); err != nil {
		t.Fatal(err)
	}
	for decoder.More() {
		key, err := decoder.Token()
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, key.(string))
		if err := decoder.Decode(new(json.RawMessage)); err != nil {
			t.Fatal(err)
		}
	}
	return keys
}

func TestALineFromTheWireIsThatOfTheMessage(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 10_000 {
		entry, lost := randomEntry(r), r.Uint64N(3)
		var wire Encoder
		if !wire.Decode(entry) {
			t.Fatalf("%q cannot be decoded", entry)
		}
		text, ok := wire.Append(nil, lost)
		if !ok || text[len(text)-1] != '\n' {
			t.Fatalf("%q cannot be encoded: %q", entry, text)
		}
		var message cilium.LogEntry
		if err := proto.Unmarshal(entry, &message); err != nil {
			t.Fatal(err)
		}
		want := Of(&message)
		want.Lost = lost
		got := &Line{}
		if err := json.Unmarshal(text, got); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("got  %+v\nwant %+v", got, want)
		}
		encoded, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := keysOf(t, text), keysOf(t, encoded); !slices.Equal(got, want) {
			t.Fatalf("keys %q\nwant %q", got, want)
		}
	}
}

func TestWhatIsNoUsualEntryIsLeftToTheMessage(t *testing.T) {
	for _, entry := range [][]byte{
		{0xff}, {0x08}, {0x0d, 1, 2, 3, 4}, {0x12, 5, 'x'}, accesslog.Entry{L7: accesslog.L7Of(&cilium.LogEntry_Kafka{
			Kafka: &cilium.KafkaLogEntry{ApiVersion: 7},
		})}.Append(nil), accesslog.Entry{L7: &accesslog.HTTP{Protocol: 9}}.Append(nil),
	} {
		var wire Encoder
		if wire.Decode(entry) {
			t.Errorf("%x was decoded", entry)
		}
	}
	wire := Encoder{entryType: 9}
	if _, ok := wire.Append(nil, 0); ok {
		t.Error("a type that is unknown was encoded")
	}
}

// FuzzEncoder: whatever is decoded makes a line that is JSON.
func FuzzEncoder(f *testing.F) {
	r := rand.New(rand.NewPCG(7, 8))
	for range 5 {
		f.Add(randomEntry(r))
	}
	f.Fuzz(func(t *testing.T, entry []byte) {
		var wire Encoder
		if !wire.Decode(entry) {
			return
		}
		if text, ok := wire.Append(nil, 0); ok && !json.Valid(text) {
			t.Errorf("%q becomes %q", entry, text)
		}
	})
}

func TestALineAllocatesNothing(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	for range 20 {
		entry := randomEntry(r)
		var wire Encoder
		buffer := make([]byte, 0, 4096)
		if allocs := testing.AllocsPerRun(100, func() {
			wire.Decode(entry)
			wire.Append(buffer, 0)
		}); allocs > 0 {
			t.Errorf("%v allocations", allocs)
		}
	}
}
