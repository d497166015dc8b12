package policy

// Everywhere returns a snapshot in which one policy is that of every endpoint, also of those that have no address.
func Everywhere(e *Endpoint) *Snapshot { return &Snapshot{everywhere: e} }
