package filterconfig

import "fmt"

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
