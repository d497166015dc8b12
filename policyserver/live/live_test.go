package live

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/proxylib/proxylib/accesslog/jsonline"
	"github.com/proxylib/proxylib/accesslog/traffic"
	"github.com/proxylib/proxylib/api/logs"
)

// Each number in the message is one in the JSON of the page, under the same name.
func TestAllHealthOfALibraryIsShown(t *testing.T) {
	var sent logs.Health
	fields := sent.ProtoReflect().Descriptor().Fields()
	for i := range fields.Len() {
		if f := fields.Get(i); f.Kind() == protoreflect.Uint64Kind {
			sent.ProtoReflect().Set(f, protoreflect.ValueOfUint64(uint64(100+i)))
		}
	}
	text, err := json.Marshal(healthOf(&sent))
	if err != nil {
		t.Fatal(err)
	}
	var shown map[string]any
	if err := json.Unmarshal(text, &shown); err != nil {
		t.Fatal(err)
	}
	for i := range fields.Len() {
		f := fields.Get(i)
		switch got := shown[f.JSONName()]; {
		case f.Kind() != protoreflect.Uint64Kind:
		case f.Name() == "policy_last_update":
			at, err := time.Parse(time.RFC3339, fmt.Sprint(got))
			if err != nil || at.Unix() != int64(100+i) {
				t.Errorf("%s: %v is shown", f.Name(), got)
			}
		case got != float64(100+i):
			t.Errorf("%s: %v is shown, not %d", f.Name(), got, 100+i)
		}
	}
}

func entry(key string) *traffic.Entry {
	return &traffic.Entry{Line: jsonline.Line{Type: "request", Fields: map[string]string{"key": key}}}
}

func TestWhatIsKeptIsBounded(t *testing.T) {
	h := NewHub()
	for i := range maxKept + 100 {
		h.Add(entry(fmt.Sprint(i)))
	}
	kept := h.Kept()
	if len(kept) != maxKept || !strings.Contains(string(kept[0]), `"key":"100"`) {
		t.Errorf("%d are kept, the first is %s", len(kept), kept[0])
	}
	for range 2 * maxKeptBytes / 4000 {
		h.Add(entry(strings.Repeat("x", 4000)))
	}
	bytes := 0
	for _, line := range h.Kept() {
		bytes += len(line)
	}
	if bytes > maxKeptBytes || bytes < maxKeptBytes/2 {
		t.Errorf("%d bytes are kept", bytes)
	}
}

func TestAFollowerThatDoesNotReadMissesEntriesAndKnowsHowMany(t *testing.T) {
	h := NewHub()
	h.Add(entry("before"))
	kept, f, ok := h.Follow()
	if !ok || len(kept) != 1 {
		t.Fatalf("got %d entries and %v", len(kept), ok)
	}
	for range maxWaiting + 7 {
		h.Add(entry("x"))
	}
	if len(f.Lines) != maxWaiting || f.Missed() != 7 || f.Missed() != 0 {
		t.Errorf("%d wait", len(f.Lines))
	}
	f.Close()
	h.Add(entry("after"))
	if len(f.Lines) != maxWaiting || f.Missed() != 0 {
		t.Error("a follower that has left is sent entries")
	}
}

func TestFollowersAreBoundedAndEndWithTheHub(t *testing.T) {
	h := NewHub()
	var all []*Follower
	for range maxFollowers {
		_, f, ok := h.Follow()
		if !ok {
			t.Fatal("a follower is refused")
		}
		all = append(all, f)
	}
	if _, _, ok := h.Follow(); ok {
		t.Error("there is one too many")
	}
	all[0].Close()
	if _, _, ok := h.Follow(); !ok {
		t.Error("the place of one that has left is not free")
	}
	h.Close()
	if _, open := <-all[1].Lines; open {
		t.Error("a follower goes on")
	}
	h.Close()
	if _, _, ok := h.Follow(); ok {
		t.Error("a closed hub is followed")
	}
}
