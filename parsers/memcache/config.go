package memcache

import (
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
}

const (
	authNone  = "none"
	authASCII = "ascii"
)

// factory makes parsers for servers of one kind.
type factory struct {
	config config
	// start is what is known of the server when a connection begins.
	start server
}

// unconfigured is the factory where nothing is known.
var unconfigured = &factory{start: server{text: unknown, binary: unknown, open: unknown, meta: unknown}}

func (f *factory) newParser(connection *proxylib.Connection) proxylib.Parser {
	return &parser{
		connection: connection, config: &f.config, server: f.start,
		login: login{demanded: f.config.Auth == authASCII}, replyLines: wire.Lines{Max: MaxReplyLine},
	}
}

// configure reads the parser_config.
func configure(text []byte) (func(*proxylib.Connection) proxylib.Parser, error) {
	f := *unconfigured
	if err := proxylib.DecodeConfig(text, &f.config); err != nil {
		return nil, err
	}
	if f.config.Protocols != nil {
		f.start.text, f.start.binary = no, no
	}
	for _, protocol := range f.config.Protocols {
		switch protocol {
		case "text":
			f.start.text = yes
		case "binary":
			f.start.binary = yes
		default:
			return nil, fmt.Errorf(`protocols: %q is unknown: give "text", "binary" or both`, protocol)
		}
	}
	if f.config.Protocols != nil && !slices.Contains([]knowledge{f.start.text, f.start.binary}, yes) {
		return nil, fmt.Errorf(`protocols: is empty: give "text", "binary" or both, or leave it out`)
	}
	if meta := f.config.Meta; meta != nil {
		f.start.meta = knownAs(*meta)
	}
	switch f.config.Auth {
	case "":
	case authNone:
		f.start.open = yes
	case authASCII:
		f.start.open = no
	default:
		return nil, fmt.Errorf("auth: %q is unknown: give %q or %q, or leave it out", f.config.Auth, authNone, authASCII)
	}
	return f.newParser, nil
}
