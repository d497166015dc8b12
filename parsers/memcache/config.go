package memcache

import (
	"errors"
	"fmt"
	"slices"

	"github.com/proxylib/proxylib/proxylib"
	"github.com/proxylib/proxylib/proxylib/wire"
)

// config is the parser_config: what is known of the server. What is left out, the parser finds out for each connection.
type config struct {
	// Protocols are those that the server speaks, "text" and "binary".
	Protocols []string `json:"protocols" default:"what each connection shows"`
	// Meta says whether the server knows the meta commands as memcached 1.6.10 and later do.
	Meta *bool `json:"meta" default:"what each connection shows"`
	// Auth says whether clients of the text protocol have to log in: "none", or "ascii" for memcached's option -Y.
	Auth string `json:"auth" default:"what each connection shows"`
	// Strict refuses command lines that end in LF alone.
	Strict bool `json:"strict" default:"false"`
	// start is what is known of the server when a connection begins.
	start server
}

const (
	authNone  = "none"
	authASCII = "ascii"
)

// unconfigured is the configuration where nothing is known.
var unconfigured = &config{start: server{text: unknown, binary: unknown, open: unknown, meta: unknown}}

func (c *config) newParser(connection *proxylib.Connection) proxylib.Parser {
	return &parser{
		connection: connection, config: c, server: c.start,
		login: login{demanded: c.Auth == authASCII}, replyLines: wire.Lines{Max: MaxReplyLine},
	}
}

// configure reads the parser_config.
func configure(text []byte) (func(*proxylib.Connection) proxylib.Parser, error) {
	c := *unconfigured
	if err := proxylib.DecodeConfig(text, &c); err != nil {
		return nil, err
	}
	for _, protocol := range c.Protocols {
		if protocol != "text" && protocol != "binary" {
			return nil, fmt.Errorf(`protocols: %q is unknown: give "text", "binary" or both`, protocol)
		}
	}
	if c.Protocols != nil {
		if len(c.Protocols) == 0 {
			return nil, errors.New(`protocols: is empty: give "text", "binary" or both, or leave it out`)
		}
		c.start.text = knownAs(slices.Contains(c.Protocols, "text"))
		c.start.binary = knownAs(slices.Contains(c.Protocols, "binary"))
	}
	if meta := c.Meta; meta != nil {
		c.start.meta = knownAs(*meta)
	}
	switch c.Auth {
	case authNone:
		c.start.open = yes
	case authASCII:
		c.start.open = no
	}
	if err := proxylib.OneOf("auth", c.Auth, authNone, authASCII); err != nil {
		return nil, err
	}
	return c.newParser, nil
}
