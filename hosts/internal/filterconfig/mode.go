package filterconfig

import (
	"errors"
	"fmt"
)

// Mode is what becomes of requests that the policy denies.
type Mode string

const (
	// Enforce denies them. It is the default.
	Enforce Mode = "enforce"
	// Audit lets them pass, and marks them in the access log. What a parser refuses without asking the policy is refused.
	Audit Mode = "audit"
	// Observe lets everything pass unchanged, also what cannot be read; it needs no policy.
	Observe Mode = "observe"
)

func (s *Settings) checkMode() error {
	switch {
	case s.Mode == "" && s.Audit:
		s.Mode = Audit
	case s.Mode == "":
		s.Mode = Enforce
	case s.Mode != Enforce && s.Mode != Audit && s.Mode != Observe:
		return fmt.Errorf("mode: %.32q is unknown: give %q, %q or %q", s.Mode, Observe, Audit, Enforce)
	case s.Audit && s.Mode != Audit:
		return fmt.Errorf("audit: is for %q: leave it out beside mode", Audit)
	}
	if s.Audit = s.Mode == Audit; s.Mode == Observe && s.ReadOnly {
		return errors.New("readonly: nothing is denied in mode observe: leave it out, or give another mode")
	}
	return nil
}
