package postgres

import (
	"fmt"

	"github.com/proxylib/proxylib/proxylib"
)

// The length, in bytes, of the longest text that is judged: by default, and what may be configured.
const (
	DefaultMaxText = 1 << 20
	minMaxText     = 16 << 10
	maxMaxText     = 64 << 20
)

// What becomes of a client's wish for encryption.
const (
	// tlsDeny: the client gets the answer that there is none.
	tlsDeny = "deny"
	// tlsOpaque: the server is asked, and if it agrees, nothing is judged any more.
	tlsOpaque = "opaque"
	// tlsTerminate: the host decrypts, where it can start TLS; elsewhere it is as tlsDeny.
	tlsTerminate = "terminate"
)

// What stands between and shares connections to the server among clients.
const (
	// pooledNot: nothing does.
	pooledNot = ""
	// pooledSession: a client has a connection to the server as long as it is connected.
	pooledSession = "session"
	// pooledTransaction: it has one until its transaction ends. What others have prepared there is there.
	pooledTransaction = "transaction"
	// pooledPrepared: as pooledTransaction, but prepared statements of the protocol are each client's own.
	pooledPrepared = "prepared"
)

// config is the parser_config.
type config struct {
	// TLS is what becomes of a wish for encryption: "deny", "terminate" or "opaque".
	TLS string `json:"tls" default:"deny"`
	// MaxTextBytes is the length of the longest text that is held for its verdict.
	MaxTextBytes int `json:"max_text_bytes" default:"1048576"`
	// LogText: texts are logged, with their literals replaced.
	LogText bool `json:"log_text" default:"false"`
	// Pooled is what shares connections to the server: nothing, or "session", "transaction" or "prepared".
	Pooled string `json:"pooled" default:"nothing shares them"`
}

var defaults = &config{TLS: tlsDeny, MaxTextBytes: DefaultMaxText}

// configure reads the parser_config.
func configure(text []byte) (func(*proxylib.Connection) proxylib.Parser, error) {
	c := *defaults
	if err := proxylib.DecodeConfig(text, &c); err != nil {
		return nil, err
	}
	switch c.TLS {
	case tlsDeny, tlsTerminate, tlsOpaque:
	default:
		return nil, fmt.Errorf("tls: %q is unknown: give %q, %q or %q, or leave it out", c.TLS, tlsDeny, tlsTerminate, tlsOpaque)
	}
	if err := proxylib.OneOf("pooled", c.Pooled, pooledSession, pooledTransaction, pooledPrepared); err != nil {
		return nil, err
	}
	if c.MaxTextBytes < minMaxText || c.MaxTextBytes > maxMaxText {
		return nil, fmt.Errorf("max_text_bytes: %d is out of range: give %d to %d", c.MaxTextBytes, minMaxText, maxMaxText)
	}
	return c.newParser, nil
}

// HeldBytes implements [proxylib.Holder].
func (p *parser) HeldBytes() int { return p.config.MaxTextBytes + maxSmall }

// maxText is the length of the longest message with a text that is held.
func (p *parser) maxText() int {
	if limit := p.connection.HeldLimit(); limit > 0 {
		return min(limit, p.config.MaxTextBytes)
	}
	return p.config.MaxTextBytes
}
