package redis

import (
	"errors"

	"github.com/proxylib/proxylib/proxylib"
)

// config is the parser_config.
type config struct {
	// Inline says whether requests that are lines are judged: "on", or "off" to deny all but PING and QUIT.
	Inline string `json:"inline" default:"on"`
	// InlineOff is what Inline says.
	InlineOff bool `json:"-"`
}

var errInlineOff = errors.New("inline requests are turned off")

func configure(text []byte) (func(*proxylib.Connection) proxylib.Parser, error) {
	c := new(config)
	if err := proxylib.DecodeConfig(text, c); err != nil {
		return nil, err
	}
	if err := proxylib.OneOf("inline", c.Inline, "on", "off"); err != nil {
		return nil, err
	}
	c.InlineOff = c.Inline == "off"
	return newParser(c), nil
}

func newParser(c *config) func(*proxylib.Connection) proxylib.Parser {
	return func(connection *proxylib.Connection) proxylib.Parser {
		return &parser{connection: connection, config: c}
	}
}
