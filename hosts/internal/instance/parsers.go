package instance

import (
	"encoding/json"
	"fmt"

	"github.com/proxylib/proxylib/proxylib"
	"github.com/proxylib/proxylib/proxylib/host"
)

// parsers returns, by name, what makes the parsers that have a configuration.
func (c *Config) parsers() (map[string]func(*proxylib.Connection) proxylib.Parser, error) {
	if c.ParserConfig == "" {
		return nil, nil
	}
	configs := map[string]json.RawMessage{}
	if err := proxylib.DecodeConfig([]byte(c.ParserConfig), &configs); err != nil {
		return nil, fmt.Errorf("configuration of parsers: %w", err)
	}
	parsers := make(map[string]func(*proxylib.Connection) proxylib.Parser, len(configs))
	for parser, config := range configs {
		if c.loaded(parser) != nil {
			continue
		}
		newParser, err := host.Configured(parser, config)
		if err == nil {
			err = c.checkPauses(parser)
		}
		if err != nil {
			return nil, fmt.Errorf("configuration of parser %s: %w", parser, err)
		}
		parsers[parser] = newParser
	}
	return parsers, nil
}

// checkPauses returns an error if the host cannot serve a registered parser, since requests of its pause.
func (c *Config) checkPauses(parser string) error {
	if c.Pauses || c.loaded(parser) != nil {
		return nil
	}
	return proxylib.Registered(parser).CheckPauses()
}
