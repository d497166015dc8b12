package cassandra

import (
	"fmt"

	"github.com/proxylib/proxylib/proxylib"
)

// DefaultMaxRequest is the length, in bytes, of the longest request that is held, unless the configuration says otherwise:
// what servers accept by default. minMaxRequest is the minimum that may be configured.
const (
	DefaultMaxRequest = 16 << 20
	minMaxRequest     = 64 << 10
)

// anyPayload is the key that stands for all keys of custom payloads.
const anyPayload = "*"

// settings are the parser_config.
type settings struct {
	// MaxRequestBytes is the length of the longest request that is held for its verdict.
	MaxRequestBytes int `json:"max_request_bytes" default:"16777216"`
	// CustomPayloads are keys of custom payloads that pass besides those of tracing; "*" is any.
	CustomPayloads []string `json:"custom_payloads"`
	// LookUpStatements: the server is asked for the statements of a batch that are not known.
	LookUpStatements bool `json:"look_up_statements" default:"true"`

	payloads map[string]bool
}

var defaults = settings{MaxRequestBytes: DefaultMaxRequest, LookUpStatements: true, payloads: tracingKeys}

// configure reads the parser_config.
func configure(config []byte) (func(*proxylib.Connection) proxylib.Parser, error) {
	s := defaults
	s.payloads = map[string]bool{}
	if err := proxylib.DecodeConfig(config, &s); err != nil {
		return nil, err
	}
	if s.MaxRequestBytes < minMaxRequest || s.MaxRequestBytes > MaxBody {
		return nil, fmt.Errorf("max_request_bytes: %d is out of range: give %d to %d", s.MaxRequestBytes, minMaxRequest, MaxBody)
	}
	for key := range tracingKeys {
		s.payloads[key] = true
	}
	for _, key := range s.CustomPayloads {
		if key == "" {
			return nil, fmt.Errorf("custom_payloads: a key is empty: name one, or give %q for any", anyPayload)
		}
		s.payloads[key] = true
	}
	return s.newParser, nil
}

// HeldBytes implements [proxylib.Holder].
func (p *parser) HeldBytes() int { return p.settings.MaxRequestBytes }

// maxRequest is the length of the longest request that is held, maxReply that of the longest reply, or beginning of one.
func (p *parser) maxRequest() int {
	if limit := p.connection.HeldLimit(); limit > 0 {
		return min(limit, p.settings.MaxRequestBytes)
	}
	return p.settings.MaxRequestBytes
}

func (p *parser) maxReply() int { return min(MaxHeld, p.maxRequest()) }
