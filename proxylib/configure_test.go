package proxylib_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/proxylib/proxylib/proxylib"
)

// greeted makes parsers that its configuration gives a word.
type greeted struct{ Word string }

func (g greeted) Create(*proxylib.Connection) proxylib.Parser { return said{g.Word} }

func (g greeted) Configure(config []byte) (proxylib.ParserFactory, error) {
	var configured struct {
		Word string `json:"word"`
	}
	if err := proxylib.DecodeConfig(config, &configured); err != nil {
		return nil, err
	}
	if configured.Word == "" {
		return nil, errors.New("word: is missing")
	}
	return greeted{configured.Word}, nil
}

type said struct{ word string }

func (said) OnData(bool, bool, [][]byte) (proxylib.OpType, int) { return proxylib.NOP, 0 }

type unconfigurable struct{}

func (unconfigurable) Create(*proxylib.Connection) proxylib.Parser { return said{} }

func init() {
	proxylib.RegisterParserFactory("test.greeted", greeted{"none"})
	proxylib.RegisterParserFactory("test.unconfigurable", unconfigurable{})
}

func TestConfigurationsOfParsersAreCheckedByTheParser(t *testing.T) {
	for _, c := range []struct{ parser, config, want string }{
		{"test.greeted", `{"word": "hi"}`, ""},
		{"test.greeted", ``, ""},
		{"test.greeted", `{}`, "word: is missing"},
		{"test.greeted", `{"wrod": "hi"}`, `unknown field "wrod"`},
		{"test.greeted", `{"word": "hi", "Word": "ho"}`, `field "Word" is given twice`},
		{"test.greeted", `{"word": "hi"} {}`, "more after the JSON object"},
		{"test.greeted", `["hi"]`, "array"},
		{"test.unconfigurable", ``, ""},
		{"test.unconfigurable", `{}`, "takes no configuration"},
		{"test.nosuch", ``, "unknown parser"},
	} {
		_, err := proxylib.Configured(c.parser, []byte(c.config))
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s %s: %v, want %q", c.parser, c.config, err, c.want)
		}
	}
}

func TestAConnectionGetsTheParserThatIsConfigured(t *testing.T) {
	own, _ := proxylib.Configured("test.greeted", []byte(`{"word": "own"}`))
	shared, _ := proxylib.Configured("test.greeted", []byte(`{"word": "shared"}`))
	sharing := map[string]proxylib.ParserFactory{"test.greeted": shared}
	for _, c := range []struct {
		factories map[string]proxylib.ParserFactory
		factory   proxylib.ParserFactory
		want      string
	}{
		{nil, nil, "none"}, {sharing, nil, "shared"}, {nil, own, "own"}, {sharing, own, "own"},
	} {
		instance := &proxylib.Instance{ID: 1, Factories: c.factories}
		conn, err := proxylib.NewConnection(instance, "test.greeted", proxylib.ConnectionInfo{Port: 1, Factory: c.factory})
		if err != nil {
			t.Fatal(err)
		}
		if got := conn.Parser.(said).word; got != c.want {
			t.Errorf("parser says %q, want %q", got, c.want)
		}
	}
}
