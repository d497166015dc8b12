package proxylib

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Configurable is a [ParserFactory] that takes a configuration of its own, a JSON object: the parser_config of a
// filter. Configure returns the factory that makes parsers by it; its error names the field, and what to write instead.
// Configure is called once for each configuration, possibly from several threads at once, and must not keep config.
type Configurable interface {
	ParserFactory
	Configure(config []byte) (ParserFactory, error)
}

// Configured returns the factory of a registered parser by a configuration. Without one it is the registered factory.
func Configured(parser string, config []byte) (ParserFactory, error) {
	registered, ok := parserFactories[parser]
	if !ok {
		return nil, fmt.Errorf("unknown parser %q", parser)
	}
	if len(config) == 0 {
		return registered.factory, nil
	}
	configurable, ok := registered.factory.(Configurable)
	if !ok {
		return nil, fmt.Errorf("parser %s takes no configuration: leave it out", parser)
	}
	return configurable.Configure(config)
}

// DecodeConfig decodes a JSON object into a struct with JSON tags. Fields that the struct does not have, fields that are
// given twice, and anything after the object are refused.
func DecodeConfig(config []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(config))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return errors.New(strings.TrimPrefix(err.Error(), "json: "))
	}
	if _, err := d.Token(); err != io.EOF {
		return errors.New("there is more after the JSON object")
	}
	return refuseRepeated(json.NewDecoder(bytes.NewReader(config)))
}

// refuseRepeated reads one JSON value and refuses objects that name a field twice. encoding/json takes the last one,
// and takes names for equal that differ in case alone.
func refuseRepeated(d *json.Decoder) error {
	open, err := d.Token()
	if err != nil {
		return err
	}
	delim, ok := open.(json.Delim)
	if !ok {
		return nil
	}
	seen := map[string]bool{}
	for d.More() {
		if delim == '{' {
			key, err := d.Token()
			if err != nil {
				return err
			}
			name := strings.ToLower(key.(string))
			if seen[name] {
				return fmt.Errorf("field %q is given twice", key)
			}
			seen[name] = true
		}
		if err := refuseRepeated(d); err != nil {
			return err
		}
	}
	_, err = d.Token()
	return err
}
