package instance

import (
	"encoding/json"
	"fmt"

	"github.com/sirupsen/logrus"

	"github.com/proxylib/proxylib/hosts/internal/wasmfile"
	"github.com/proxylib/proxylib/proxylib"
)

// WasmParser is a parser that is loaded from a file; see package wasmfile.
type WasmParser struct {
	// Path is that of the file. Config is the configuration of the parser, a JSON object; if it is empty, the one that
	// Config.ParserConfig has for its name.
	Path, Config string
}

// OpenParser loads a parser, or takes another reference to one that is loaded. CloseParser gives it back.
func (o *Opener) OpenParser(p WasmParser, parserConfig string, log logrus.FieldLogger) (*wasmfile.File, error) {
	configs := map[string]json.RawMessage{}
	if parserConfig != "" {
		if err := proxylib.DecodeConfig([]byte(parserConfig), &configs); err != nil {
			return nil, fmt.Errorf("configuration of parsers: %w", err)
		}
	}
	configure := func(name string) []byte {
		if p.Config != "" {
			return []byte(p.Config)
		}
		return configs[name]
	}
	return o.files.Open(wasmfile.Config{Path: p.Path, Configure: configure, Log: log}, p.Config+"\n"+parserConfig)
}

// CloseParser gives back what OpenParser has returned.
func (o *Opener) CloseParser(f *wasmfile.File) { o.files.Close(f) }

// openParsers loads the parsers of a configuration.
func (o *Opener) openParsers(c *Config, log logrus.FieldLogger) error {
	for _, p := range c.WasmParsers {
		f, err := o.OpenParser(p, c.ParserConfig, log)
		if err != nil {
			o.closeParsers(c)
			return fmt.Errorf("wasm parser: %w", err)
		}
		c.files = append(c.files, f)
		for _, other := range c.files[:len(c.files)-1] {
			if other.Protocol().Name == f.Protocol().Name {
				o.closeParsers(c)
				return fmt.Errorf("wasm parser: %s and another file both have parser %q: leave one out", p.Path, f.Protocol().Name)
			}
		}
	}
	return nil
}

func (o *Opener) closeParsers(c *Config) {
	for _, f := range c.files {
		o.files.Close(f)
	}
	c.files = nil
}

// loaded returns the parser of a name that is loaded from a file, or nil.
func (c *Config) loaded(name string) *wasmfile.File {
	for _, f := range c.files {
		if f.Protocol().Name == name {
			return f
		}
	}
	return nil
}

// Protocol returns the protocol of a name that an open instance has loaded from a file, nil if it has not. It takes no lock.
func (o *Opener) Protocol(id uint64, name string) *proxylib.Protocol {
	if o.loading.Load() == 0 {
		return nil
	}
	protocols, _ := o.protocols.Load(id)
	if protocols == nil {
		return nil
	}
	return protocols.(map[string]*proxylib.Protocol)[name]
}

// keepProtocols notes what an instance has loaded.
func (o *Opener) keepProtocols(id uint64, c *Config) {
	if len(c.files) == 0 {
		return
	}
	protocols := map[string]*proxylib.Protocol{}
	for _, f := range c.files {
		protocols[f.Protocol().Name] = f.Protocol()
	}
	o.protocols.Store(id, protocols)
	o.loading.Add(1)
}

func (o *Opener) dropProtocols(id uint64) {
	if _, loaded := o.protocols.LoadAndDelete(id); loaded {
		o.loading.Add(-1)
	}
}
