package datapath_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/proxylib/proxylib/datapath"
	"github.com/proxylib/proxylib/proxylib"
)

// greets is the name of a protocol in which the server speaks first, and ambiguous those of two that say yes to "?".
const greets = "test.greets"

var ambiguous = []string{"test.ambiguous1", "test.ambiguous2"}

func init() {
	passer := func(*proxylib.Connection) proxylib.Parser { return nil }
	proxylib.Register(proxylib.Protocol{Name: greets, New: passer, Detect: func(_, reply []byte) proxylib.Detection {
		if len(reply) < 3 {
			return proxylib.DetectionMore
		}
		return proxylib.Detected(string(reply[:3]) == "+hi")
	}})
	proxylib.Register(proxylib.Protocol{Name: "test.undecided", New: passer, Detect: func(request, _ []byte) proxylib.Detection {
		if len(request) > 0 && request[0] != '~' {
			return proxylib.DetectionNo
		}
		return proxylib.DetectionMore
	}})
	for _, name := range ambiguous {
		proxylib.Register(proxylib.Protocol{Name: name, New: passer, Detect: func(request, _ []byte) proxylib.Detection {
			if len(request) == 0 {
				return proxylib.DetectionMore
			}
			return proxylib.Detected(request[0] == '?')
		}})
	}
}

// sight is a detector whose parser writes down what it sees.
type sight struct {
	*datapath.Detector
	// opened is the name of the protocol, seen what its parser has seen, and errors what was given up.
	opened, seen string
	closed       int
	errors       []error
}

func newSight(refuse error) *sight {
	s := &sight{}
	s.Detector = datapath.NewDetector(func(parser string) (*datapath.Observer, error) {
		if refuse != nil {
			return nil, refuse
		}
		s.opened += parser
		protocol := protocolOf(nil)
		protocol.New = func(c *proxylib.Connection) proxylib.Parser { return judged{s.see, c, &s.closed} }
		return datapath.NewObserver(connect(protocol), datapath.Limits{}), nil
	}, func(err error) { s.errors = append(s.errors, err) })
	return s
}

func (s *sight) see(_ *proxylib.Connection, reply, endStream bool, data [][]byte) (proxylib.OpType, int) {
	text := string(bytes.Join(data, nil))
	if endStream && text == "" {
		text = "."
	}
	if text == "" {
		return proxylib.NOP, 0
	}
	s.seen += fmt.Sprintf("%s%s ", map[bool]string{false: ">", true: "<"}[reply], text)
	return proxylib.PASS, len(bytes.Join(data, nil))
}

// say has bytes come, and reports whether they pass at once.
func (s *sight) say(reply, endStream bool, text string) bool {
	plan := datapath.Plan{}
	var chunks [][]byte
	if text != "" {
		chunks = [][]byte{[]byte(text)}
	}
	s.Data(reply, endStream, chunks, &plan)
	return plan.Leave && !plan.Close
}

func TestTheParserOfADetectedProtocolSeesAllBytesInTheirOrder(t *testing.T) {
	s := newSight(nil)
	for _, passed := range []bool{
		s.say(false, false, "a"), s.say(true, false, "+h"), s.say(false, false, "bc"), s.say(true, false, "i all\n"), s.say(false, false, "d"),
	} {
		if !passed {
			t.Error("not all bytes pass at once")
		}
	}
	if want := ">a <+h >bc <i all\n >d "; s.opened != greets || s.seen != want || s.errors != nil {
		t.Errorf("%q saw %q, %v: want %q", s.opened, s.seen, s.errors, want)
	}
	s.Close()
	if s.closed != 1 {
		t.Errorf("the parser was closed %d times", s.closed)
	}
}

func TestBytesBeyondThoseThatDetectTheProtocolAreSeenToo(t *testing.T) {
	s := newSight(nil)
	s.say(true, false, "+hi"+strings.Repeat("x", 4*datapath.MaxDetected))
	if len(s.seen) != len("<+hi ")+4*datapath.MaxDetected {
		t.Errorf("the parser saw %d bytes", len(s.seen))
	}
}

func TestAConnectionWhoseProtocolIsNotDetectedPassesAndIsGivenUpOnce(t *testing.T) {
	for name, text := range map[string]string{
		"no protocol says yes": "-", "two protocols say yes": "?", "too many bytes": strings.Repeat("-", 2*datapath.MaxDetected),
	} {
		t.Run(name, func(t *testing.T) {
			s := newSight(nil)
			// The server's first bytes rule the third protocol out.
			passed := s.say(true, false, "---") && s.say(false, false, text) && s.say(true, false, "+hi") && s.say(false, true, "")
			if s.Close(); !passed || len(s.errors) != 1 || s.opened != "" || !strings.Contains(s.errors[0].Error(), "not detected") {
				t.Errorf("passed %v, given up %v, opened %q", passed, s.errors, s.opened)
			}
		})
	}
}

func TestOneDirectionDoesNotGrowBeyondTheBoundWhileTheOtherCouldTell(t *testing.T) {
	s := newSight(nil)
	for range datapath.MaxDetected {
		s.say(false, false, "-")
	}
	if s.say(true, false, "+hi"); len(s.errors) != 1 || s.opened != "" {
		t.Errorf("given up %v, opened %q", s.errors, s.opened)
	}
}

func TestSidesThatTakeTurnsTooOftenAreGivenUp(t *testing.T) {
	s := newSight(nil)
	turns := 0
	for ; len(s.errors) == 0 && turns < datapath.MaxDetected; turns++ {
		if !s.say(turns%2 == 1, false, "~") {
			t.Fatal("not all bytes pass")
		}
	}
	if len(s.errors) != 1 || turns > 64 {
		t.Errorf("given up after %d turns: %v", turns, s.errors)
	}
}

func TestADetectedConnectionThatIsRefusedPasses(t *testing.T) {
	refused := errors.New("connection limit reached")
	s := newSight(refused)
	if passed := s.say(true, false, "+hi") && s.say(true, false, "x"); !passed || len(s.errors) != 1 || !errors.Is(s.errors[0], refused) {
		t.Errorf("passed %v, given up %v", passed, s.errors)
	}
}

func TestAConnectionThatSaysNothingIsNotGivenUp(t *testing.T) {
	s := newSight(nil)
	passed := s.say(false, true, "") && s.say(true, true, "")
	if s.Close(); !passed || s.errors != nil {
		t.Errorf("passed %v, given up %v", passed, s.errors)
	}
}
