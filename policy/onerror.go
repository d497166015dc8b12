package policy

import "fmt"

// OnError says which policy holds for an endpoint for which a source gives one that is refused.
type OnError string

const (
	// Keep keeps the policy in force that was accepted last; an endpoint that never had one is denied. It is the default.
	Keep OnError = "keep"
	// Deny denies everything until the source gives a policy that is accepted.
	Deny OnError = "deny"
)

// Check returns what is wrong with a value that an operator has given; empty means the default.
func (o OnError) Check() error {
	if o != "" && o != Keep && o != Deny {
		return fmt.Errorf("on_error: %.64q is unknown: give %q or %q", string(o), string(Keep), string(Deny))
	}
	return nil
}
