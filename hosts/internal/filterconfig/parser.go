package filterconfig

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/proxylib/proxylib/proxylib"
)

// Parser says which parser it is. A text is its name.
type Parser struct {
	// Name is that of the protocol. With wasm it may be left out; if it is given, the parser in the file has to have it.
	Name string `json:"name"`
	// Wasm is the path of a file with the parser, which takes the place of that of the library; see docs/wasm-parsers.md.
	Wasm string `json:"wasm"`
}

// UnmarshalJSON implements [json.Unmarshaler].
func (p *Parser) UnmarshalJSON(text []byte) error {
	if json.Unmarshal(text, &p.Name) == nil {
		return nil
	}
	type fields Parser
	if err := proxylib.DecodeConfig(text, (*fields)(p)); err != nil {
		return errors.New(`parser: give the name of one, or {"wasm": PATH}`)
	}
	return nil
}

// Load loads the parser of settings from the file that they name.
type Load func(*Settings) (*proxylib.Protocol, error)

// loaded checks the name of a parser from a file.
func (p *Parser) loaded(name string) error {
	if p.Name != "" && p.Name != name {
		return fmt.Errorf("parser: %s has parser %q, not %.64q: give that name, or leave it out", p.Wasm, name, p.Name)
	}
	p.Name = name
	return nil
}
