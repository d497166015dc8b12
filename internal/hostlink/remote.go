package hostlink

// Decider decides about requests in the place of the policies of an instance. It is for a parser in a virtual machine, whose
// framework runs there, while the policy is that of the host. It is used by the connection's thread.
type Decider interface {
	// Decide returns the verdict on a request, Concerned and Unrestricted what the methods of proxylib.Connection of these
	// names return.
	Decide(l7 any) Answer
	Concerned() bool
	Unrestricted() bool
	// SetUser notes as whom the client has logged in.
	SetUser(name []byte)
}

// Answer is a proxylib.Verdict.
type Answer struct {
	Allowed, Audited bool
	Rule, Reason     string
}

// Report is what a parser in a virtual machine has done in a call, beside what is in the [State].
type Report struct {
	// Closed: it has written the entry of the access log that says that the connection is closed. Panicked: it has panicked,
	// or the virtual machine has ended.
	Closed, Panicked bool
	// Cause is what ended the virtual machine, for an operator.
	Cause string
}
