package parserabi

import (
	"bytes"
	"errors"
	"testing"

	"github.com/proxylib/proxylib/accesslog"
	"github.com/proxylib/proxylib/api/cilium"
	"github.com/proxylib/proxylib/proxylib"
)

// request has texts in field 1, a number in field 2, and something unknown in field 5.
type request struct{ texts []string }

func (r *request) Value(field, at int) (proxylib.Value, int) {
	switch {
	case field == 1 && at < len(r.texts):
		next := at + 1
		if next == len(r.texts) {
			next = 0
		}
		return proxylib.Text([]byte(r.texts[at])), next
	case field == 2:
		return proxylib.Number(-7), 0
	case field == 5:
		return proxylib.UnknownValue, 0
	}
	return proxylib.NoValue, 0
}

func (*request) AccessClass() proxylib.Access { return proxylib.Write }

func TestARequestIsTheSameOnBothSides(t *testing.T) {
	r := &request{[]string{"a", "", "long text"}}
	var s Subject
	s.Set(AppendSubject(nil, r, []uint32{1, 2, 3, 5}))
	if s.AccessClass() != proxylib.Write {
		t.Errorf("access %v", s.AccessClass())
	}
	var texts []string
	for at := 0; ; {
		value, next := s.Value(1, at)
		texts = append(texts, value.String())
		if next == 0 {
			break
		}
		if next <= at {
			t.Fatal("places do not ascend")
		}
		at = next
	}
	if len(texts) != 3 || texts[0] != "a" || texts[1] != "" || texts[2] != "long text" {
		t.Errorf("got %q", texts)
	}
	if value, _ := s.Value(2, 0); value.String() != "-7" {
		t.Errorf("got %q", value)
	}
	if value, _ := s.Value(5, 0); !value.Unknown() {
		t.Error("what is unknown is known")
	}
	for _, field := range []int{3, 4} {
		if value, next := s.Value(field, 0); value.Bytes() != nil || next != 0 {
			t.Errorf("field %d has %q", field, value)
		}
	}
}

func TestWhatIsNotClassifiedIsAdmin(t *testing.T) {
	var s Subject
	s.Set(AppendSubject(nil, "no request", []uint32{1}))
	if value, _ := s.Value(1, 0); s.AccessClass() != proxylib.Admin || value.Bytes() != nil {
		t.Error("something else than a request has fields")
	}
}

// A request that is cut or damaged panics with ErrSubject, which ends the instance, or is another request.
func TestADamagedRequestIsNoDanger(t *testing.T) {
	whole := AppendSubject(nil, &request{[]string{"abc", "d"}}, []uint32{1, 2, 5})
	for n := range whole {
		for _, damaged := range [][]byte{whole[:n], append(append(bytes.Clone(whole[:n]), whole[n]^0xff), whole[n+1:]...)} {
			func() {
				defer func() {
					if r := recover(); r != nil && r != any(ErrSubject) {
						t.Fatalf("%x: %v", damaged, r)
					}
				}()
				var s Subject
				s.Set(damaged)
				for _, field := range []int{1, 2, 5} {
					for at, steps := 0, 0; steps < 100; steps++ {
						if _, at = s.Value(field, at); at == 0 {
							break
						}
					}
				}
			}()
		}
	}
}

func entryOf() *accesslog.Entry {
	flow := accesslog.NewFlow(accesslog.FlowInfo{}).WithUser("bob")
	return &accesslog.Entry{
		Time: 5, Type: cilium.EntryType_Request, Rule: "rule", Reason: "reason", Request: 9, Audit: true, Flow: &flow, For: accesslog.Exchanges,
		L7:       accesslog.NewGeneric("p").Add("k", "v\x01"),
		Exchange: &accesslog.Exchange{Status: cilium.ReplyStatus_Failed, RequestBytes: 1, ReplyBytes: 2, Latency: 3, Reply: accesslog.NewGeneric("p").Add("r", "s")},
	}
}

func TestAnEntryIsTheSameOnBothSides(t *testing.T) {
	for name, change := range map[string]func(*accesslog.Entry){
		"exchange": func(*accesslog.Entry) {},
		"closed": func(e *accesslog.Entry) {
			e.Type, e.Exchange, e.Closed = cilium.EntryType_Denied, nil, &accesslog.Closed{Reply: true, Offset: 77}
		},
		"without fields": func(e *accesslog.Entry) { e.L7, e.Exchange = nil, nil },
		"another form": func(e *accesslog.Entry) {
			e.Exchange, e.L7 = nil, accesslog.L7Of(&cilium.LogEntry_Kafka{Kafka: &cilium.KafkaLogEntry{CorrelationId: 3}})
		},
	} {
		t.Run(name, func(t *testing.T) {
			want := entryOf()
			change(want)
			var got Entry
			if err := got.Decode(AppendEntry(nil, want)); err != nil {
				t.Fatal(err)
			}
			if got.User != "bob" || got.For != want.For {
				t.Errorf("user %q, for %d", got.User, got.For)
			}
			got.Flow = want.Flow
			if a, b := got.Append(nil), want.Append(nil); !bytes.Equal(a, b) {
				t.Errorf("got %x, want %x", a, b)
			}
		})
	}
}

// An entry that is cut or damaged is refused, or can be written.
func TestADamagedEntryIsRefusedOrCanBeWritten(t *testing.T) {
	whole := AppendEntry(nil, entryOf())
	var e Entry
	for n := range whole {
		if err := e.Decode(whole[:n]); !errors.Is(err, ErrEntry) {
			t.Errorf("the first %d bytes: %v", n, err)
		}
		for _, flip := range []byte{0xff, 1, 0x80} {
			damaged := bytes.Clone(whole)
			damaged[n] ^= flip
			if e.Decode(damaged) == nil {
				e.Append(nil)
			}
		}
	}
}

func TestAConnectionIsTheSameOnBothSides(t *testing.T) {
	want := Connection{
		ID: 1 << 40, Flags: Ingress | Audit, Kinds: 3, SourceID: 1, DestinationID: 2, ProxyID: 3, Port: 4, Source: "a:1", Destination: "b:2",
		PolicyName: "c", ServerName: "d",
	}
	encoded := want.Append(nil)
	var got Connection
	if err := got.Decode(encoded); err != nil || got != want {
		t.Errorf("got %+v, %v", got, err)
	}
	for n := range encoded {
		if err := got.Decode(encoded[:n]); !errors.Is(err, ErrConnection) {
			t.Errorf("the first %d bytes: %v", n, err)
		}
	}
}
