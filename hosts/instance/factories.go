package instance

import (
	"encoding/json"
	"fmt"

	"github.com/proxylib/proxylib/proxylib"
)

// factories returns the factories of the parsers that have a configuration, by name.
func (c *Config) factories() (map[string]proxylib.ParserFactory, error) {
	if c.ParserConfig == "" {
		return nil, nil
	}
	configs := map[string]json.RawMessage{}
	if err := proxylib.DecodeConfig([]byte(c.ParserConfig), &configs); err != nil {
		return nil, fmt.Errorf("configuration of parsers: %w", err)
	}
	factories := make(map[string]proxylib.ParserFactory, len(configs))
	for parser, config := range configs {
		factory, err := proxylib.Configured(parser, config)
		if err != nil {
			return nil, fmt.Errorf("configuration of parser %s: %w", parser, err)
		}
		factories[parser] = factory
	}
	return factories, nil
}
