package proxylib_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/proxylib/proxylib/proxylib"
	"github.com/proxylib/proxylib/proxylib/host"
)

// configureGreeted returns what makes parsers that the configuration gives a word.
func configureGreeted(config []byte) (func(*proxylib.Connection) proxylib.Parser, error) {
	var configured struct {
		Word string `json:"word"`
	}
	if err := proxylib.DecodeConfig(config, &configured); err != nil {
		return nil, err
	}
	if configured.Word == "" {
		return nil, errors.New("word: is missing")
	}
	return says(configured.Word), nil
}

type said struct{ word string }

func (said) OnData(bool, bool, [][]byte) (proxylib.OpType, int) { return proxylib.NOP, 0 }

func says(word string) func(*proxylib.Connection) proxylib.Parser {
	return func(*proxylib.Connection) proxylib.Parser { return said{word} }
}

func init() {
	proxylib.Register(proxylib.Protocol{Name: "test.greeted", New: says("none"), Configure: configureGreeted})
	proxylib.Register(proxylib.Protocol{Name: "test.unconfigurable", New: says("")})
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
		_, err := host.Configured(c.parser, []byte(c.config))
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s %s: %v, want %q", c.parser, c.config, err, c.want)
		}
	}
}

func TestAConnectionGetsTheParserThatIsConfigured(t *testing.T) {
	own, _ := host.Configured("test.greeted", []byte(`{"word": "own"}`))
	shared, _ := host.Configured("test.greeted", []byte(`{"word": "shared"}`))
	sharing := map[string]func(*proxylib.Connection) proxylib.Parser{"test.greeted": shared}
	for _, c := range []struct {
		parsers map[string]func(*proxylib.Connection) proxylib.Parser
		own     func(*proxylib.Connection) proxylib.Parser
		want    string
	}{
		{nil, nil, "none"}, {sharing, nil, "shared"}, {nil, own, "own"}, {sharing, own, "own"},
	} {
		instance := host.NewInstance(host.InstanceConfig{ID: 1, Parsers: c.parsers})
		conn, err := host.NewConnection(instance, "test.greeted", host.ConnectionInfo{Port: 1, New: c.own})
		if err != nil {
			t.Fatal(err)
		}
		if got := conn.Parser.(said).word; got != c.want {
			t.Errorf("parser says %q, want %q", got, c.want)
		}
	}
}

func TestAFieldOfAConfigurationHasOneOfItsWordsOrNone(t *testing.T) {
	for value, want := range map[string]string{
		"": "", "deny": "", "opaque": "",
		"Deny": `tls: "Deny" is unknown: give "deny", "terminate" or "opaque", or leave it out`,
	} {
		err := proxylib.OneOf("tls", value, "deny", "terminate", "opaque")
		if want == "" && err != nil || want != "" && (err == nil || err.Error() != want) {
			t.Errorf("%q: %v, want %q", value, err, want)
		}
	}
}
