package npds

import "github.com/proxylib/proxylib/policy"

// OnError is [policy.OnError].
type OnError = policy.OnError

// What is done about a policy that is refused; see [policy.Keep] and [policy.Deny].
const (
	Keep = policy.Keep
	Deny = policy.Deny
)
