package proxylib

// CannotPauseError is the error of a host that cannot have requests pause, where a protocol is wanted whose requests do.
type CannotPauseError struct {
	// Parser is the name of the protocol.
	Parser string
}

func (e *CannotPauseError) Error() string {
	return "parser " + e.Parser + " has requests wait for a verdict from elsewhere, which this host cannot: " +
		"use the library as a dynamic module of Envoy, or proxylib proxy"
}

// Unwrap returns [POLICY_DROP], the result of the host's call.
func (e *CannotPauseError) Unwrap() error { return POLICY_DROP }

// CheckPauses returns a [CannotPauseError] if requests of the protocol may pause; see [Connection.Pause]. Hosts that cannot have
// them do so call it when they are configured.
func (p *Protocol) CheckPauses() error {
	if p.Pauses {
		return &CannotPauseError{p.Name}
	}
	return nil
}
