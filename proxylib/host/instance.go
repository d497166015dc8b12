package host

import (
	"github.com/sirupsen/logrus"

	"github.com/proxylib/proxylib/accesslog"
	"github.com/proxylib/proxylib/internal/hostlink"
	"github.com/proxylib/proxylib/policy"
	"github.com/proxylib/proxylib/proxylib"
)

// InstanceConfig is what the connections of one configuration share. Policies is required; every other field may be
// left out.
type InstanceConfig struct {
	// ID is the number by which a host names the instance. [Instances] gives numbers above 0.
	ID uint64
	// NodeID is the name by which policy servers know this node.
	NodeID string
	// Audit lets requests pass that the policy denies; the access log marks them.
	Audit bool
	// ReadOnly denies every request that changes something, whatever the policy allows. Connections of protocols that do not
	// say which do are refused; see [proxylib.Protocol.CheckReadOnly].
	ReadOnly bool
	// Observe lets every request pass, also what parsers refuse. Hosts let all bytes of its connections pass as they are; see
	// datapath.Observer.
	Observe bool
	// Policies holds the policy in force.
	Policies *policy.Store
	// Parsers make those parsers that have a configuration, by name; see [Configured].
	Parsers map[string]func(*proxylib.Connection) proxylib.Parser
	// Identities holds the identities of addresses that a policy source has sent; nil if there is no such source.
	Identities *policy.IdentityStore
	// AccessLog takes the entries; nil logs nothing. LogKinds says which: 0 is [accesslog.Requests].
	AccessLog accesslog.Logger
	LogKinds  accesslog.Kinds
	// Connections limits the number of connections that are open at once, HeldBytes the memory, in bytes, of what they
	// hold for a verdict, all together. nil sets no limit.
	Connections, HeldBytes *Limit
	// Log takes what an operator must know; nil logs nothing.
	Log logrus.FieldLogger
	// Release releases what the fields need when the last user has closed the instance; may be nil. See [Instances].
	Release func()
	// Decider, if not nil, decides in the place of Policies; see [hostlink.Decider].
	Decider hostlink.Decider
}

// Instance is what the connections of one configuration share. It is immutable and may be used from several threads at
// once.
type Instance proxylib.Instance

// NewInstance returns an instance. It opens nothing: the caller owns what the configuration refers to.
func NewInstance(c InstanceConfig) *Instance { return (*Instance)(newInstance(settings(c))) }

func (i *Instance) settings() *settings { return settingsOf((*proxylib.Instance)(i)) }

// ID returns the number by which the host names the instance.
func (i *Instance) ID() uint64 { return i.settings().ID }

// NodeID returns the name by which policy servers know this node.
func (i *Instance) NodeID() string { return i.settings().NodeID }

// Policies returns the store with the policy in force.
func (i *Instance) Policies() *policy.Store { return i.settings().Policies }

// Identities returns the identities of addresses that a policy source has sent; nil if there is no such source.
func (i *Instance) Identities() *policy.IdentityStore { return i.settings().Identities }

// Audit reports whether requests pass that the policy denies.
func (i *Instance) Audit() bool { return i.settings().Audit }

// AccessLog returns what takes the entries of requests; nil if there is no log.
func (i *Instance) AccessLog() accesslog.Logger { return i.settings().AccessLog }

// LogKinds returns the kinds of entries that some reader of the access log wants.
func (i *Instance) LogKinds() accesslog.Kinds { return i.settings().LogKinds }

// Connections returns the limit of open connections, which also counts them; nil if there is none.
func (i *Instance) Connections() *Limit { return i.settings().Connections }

// HeldBytes returns the limit of the bytes that all connections hold for a verdict; nil if there is none.
func (i *Instance) HeldBytes() *Limit { return i.settings().HeldBytes }

// Log returns the operator's log; nil if there is none.
func (i *Instance) Log() logrus.FieldLogger { return i.settings().Log }

// Panics returns how often a parser has panicked.
func (i *Instance) Panics() uint64 { return panicsOf((*proxylib.Instance)(i)) }

// Observes reports whether its connections are only watched.
func (i *Instance) Observes() bool { return i.settings().Observe }

// PassUnread notes that a connection passes without being observed, and why: in the operator's log, which has the first such
// line of each period.
func (i *Instance) PassUnread(err error) { passUnread((*proxylib.Instance)(i), err) }

// GivenUp returns how many connections pass without being observed, or without being observed any further.
func (i *Instance) GivenUp() uint64 { return givenUpOf((*proxylib.Instance)(i)) }

// SharedValues returns the number of values that the connections of the instance share, SharedBytes the number of bytes
// that these keep; see [proxylib.Shared].
func (i *Instance) SharedValues() int { return sharedValuesOf((*proxylib.Instance)(i)) }

// SharedBytes is explained at [Instance.SharedValues].
func (i *Instance) SharedBytes() int64 { return sharedBytesOf((*proxylib.Instance)(i)) }
