package proxylib_test

import (
	"strings"
	"testing"

	. "github.com/proxylib/proxylib/proxylib"
	"github.com/proxylib/proxylib/proxylib/host"
)

func TestAProtocolThatCannotBeUsedPanicsWhenItIsRegistered(t *testing.T) {
	made := func(*Connection) Parser { return nil }
	field, key := LogFieldDoc{Name: "word"}, RuleKey{Name: "word", Match: Exact}
	for _, c := range []struct {
		protocol Protocol
		want     string
	}{
		{Protocol{New: made}, `protocol "" needs both`},
		{Protocol{Name: "test.unmade"}, `protocol "test.unmade" needs both`},
		{Protocol{Name: "declared", New: made}, `parser "declared" is registered twice`},
		{Protocol{Name: "test.keys", New: made, RuleKeys: []RuleKey{key, key}}, `parser "test.keys" has key "word" twice`},
		{Protocol{Name: "test.fields", New: made, LogFields: []LogFieldDoc{field, field}}, `parser "test.fields" has log field "word" twice`},
	} {
		func() {
			defer func() {
				if text, _ := recover().(string); !strings.Contains(text, c.want) {
					t.Errorf("panic %q, want %q", text, c.want)
				}
			}()
			Register(c.protocol)
		}()
	}
	if Registered("test.keys") != nil || Registered("test.fields") != nil {
		t.Error("a protocol that cannot be used is registered")
	}
}

// own is a type that a factory may have as its result.
type own struct{ Parser }

type (
	nothingFactory struct{}
	ownFactory     struct{ made *own }
	wrongFactory   struct{}
)

func (nothingFactory) Create(*Connection) any { return nil }
func (f ownFactory) Create(*Connection) *own  { return f.made }
func (wrongFactory) Create(*Connection) any   { return 5 }

func init() {
	RegisterParserFactory("test.nothing", nothingFactory{})
	RegisterParserFactory("test.nil", ownFactory{})
	RegisterParserFactory("test.own", ownFactory{&own{}})
	RegisterParserFactory("test.wrong", wrongFactory{})
}

func TestAFactoryMayHaveAnyResult(t *testing.T) {
	for parser, want := range map[string]error{
		"test.nothing": POLICY_DROP, "test.nil": POLICY_DROP, "test.own": nil, "test.wrong": PARSER_ERROR,
	} {
		if _, err := host.NewConnection(host.NewInstance(host.InstanceConfig{ID: 1}), parser, host.ConnectionInfo{Port: 1}); err != want {
			t.Errorf("%s: %v, want %v", parser, err, want)
		}
	}
	if made := GetParserFactory("test.own").Create(&Connection{}); made == nil {
		t.Error("the factory that was registered makes no parser")
	}
	if GetParserFactory("test.nosuch") != nil {
		t.Error("there is a factory for a parser that is not registered")
	}
}
