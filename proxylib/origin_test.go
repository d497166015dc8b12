package proxylib_test

import (
	"testing"

	"github.com/proxylib/proxylib/proxylib"
)

// factory is one of the announced form.
type factory struct{}

func (*factory) Create(*proxylib.Connection) proxylib.Parser { return nil }

func init() { proxylib.RegisterParserFactory("test.origin", &factory{}) }

func TestAProtocolKnowsThePackageThatItComesFrom(t *testing.T) {
	const here = "github.com/proxylib/proxylib/proxylib_test"
	named := proxylib.Protocol{Name: "a", New: decline}
	closure := proxylib.Protocol{Name: "b", New: func(*proxylib.Connection) proxylib.Parser { return nil }}
	for _, p := range []*proxylib.Protocol{&named, closure.Complete(), proxylib.Registered("test.origin")} {
		if got := p.Package(); got != here {
			t.Errorf("%s: got %q, want %q", p.Name, got, here)
		}
	}
}

func decline(*proxylib.Connection) proxylib.Parser { return nil }
