package npds

import "fmt"

// outcome is what has become of an update.
type outcome struct {
	// refused are those of its resources that are not in force as they came, of how many there were in all.
	refused refusals
	of      int
	// outstanding are all resources of the source that are not in force as they came last.
	outstanding refusals
	// warnings are those of the policy in force; see [policy.Snapshot.Warnings].
	warnings []string
	// applied: something of the update is in force.
	applied bool
}

// worldOutcome is that of a state of offered resources, of keys in force before and after.
func worldOutcome(offered int, refused refusals, before, after int) outcome {
	return outcome{
		refused: refused, outstanding: refused, of: offered,
		// If all are refused, what is in force can only have become less.
		applied: len(refused) < offered || offered == 0 || after < before,
	}
}

// message says what has become of an update of which resources are refused.
func (o *outcome) message(what string, onError OnError) string {
	message := what + " is refused; the policy before it stays in force"
	switch {
	case o.applied && onError == Deny:
		message = what + " is refused in part: the endpoints of what is refused are denied, the rest is in force"
	case onError == Deny:
		message = what + " is refused; its endpoints are denied"
	case o.applied:
		message = what + " is refused in part: what is refused stays as it was, the rest is in force"
	}
	return fmt.Sprintf("%s (%d of %d resources)", message, len(o.refused), o.of)
}
