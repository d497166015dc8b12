package filterconfig

import (
	"fmt"
	"strings"
)

// Auto is the parser of connections whose protocol is to be detected.
const Auto = "auto"

// checkAuto checks what is given beside the parser [Auto].
func (s *Settings) checkAuto() error {
	switch {
	case s.Mode != Observe:
		return fmt.Errorf("parser: %q is for the mode %q: name the parser", Auto, Observe)
	case s.ParserConfig != nil:
		return fmt.Errorf("parser_config: is for one parser: leave it out beside the parser %q", Auto)
	case s.Policy.Given():
		return fmt.Errorf("policy: allow and deny are for one parser: give file or xds beside the parser %q, or no policy", Auto)
	}
	return nil
}

// StatPrefixOf returns the part of the names of counters that distinguishes those of connections with a parser: with [Auto], each
// protocol has counters of its own.
func (s *Settings) StatPrefixOf(parser string) string {
	if s.Parser.Name != Auto || parser == Auto {
		return s.StatPrefix
	}
	return s.StatPrefix + "_" + statName(parser)
}

// statName is the name of a parser in those of counters, in which a dot separates parts.
func statName(parser string) string { return strings.ReplaceAll(parser, ".", "_") }
