package host

import (
	"github.com/proxylib/proxylib/internal/hostlink"
	"github.com/proxylib/proxylib/proxylib"
)

// settings are those of an instance, with a type that hostlink cannot name.
type settings = hostlink.Instance[newFunc]

// The functions of proxylib that this package exports with documentation. A call costs one indirection.
var (
	newInstance = hostlink.Function[func(settings) *proxylib.Instance]("NewInstance")
	settingsOf  = hostlink.Function[func(*proxylib.Instance) *settings]("Settings")
	panicsOf    = hostlink.Function[func(*proxylib.Instance) uint64]("Panics")

	sharedValuesOf = hostlink.Function[func(*proxylib.Instance) int]("SharedValues")
	givenUpOf      = hostlink.Function[func(*proxylib.Instance) uint64]("GivenUp")
	giveUp         = hostlink.Function[func(*proxylib.Connection, bool, string)]("GiveUp")
	passUnread     = hostlink.Function[func(*proxylib.Instance, error)]("PassUnread")
	sharedBytesOf  = hostlink.Function[func(*proxylib.Instance) int64]("SharedBytes")

	open        = hostlink.Function[func(*proxylib.Connection, *proxylib.Protocol, newFunc) (*hostlink.State, error)]("Open")
	onData      = hostlink.Function[onDataFunc]("OnData")
	prompt      = hostlink.Function[func(*proxylib.Connection) (proxylib.OpType, int)]("Prompt")
	logClosed   = hostlink.Function[func(c *proxylib.Connection, reply bool, reason string)]("LogClosed")
	closeLogged = hostlink.Function[func(*proxylib.Connection) bool]("CloseLogged")
	closes      = hostlink.Function[func(*proxylib.Connection)]("Close")

	setWake     = hostlink.Function[func(*proxylib.Connection, func())]("SetWake")
	pauseNumber = hostlink.Function[func(*proxylib.Connection) uint64]("PauseNumber")
	resume      = hostlink.Function[func(c *proxylib.Connection, number uint64, v proxylib.Verdict, late bool)]("Resume")
	unpause     = hostlink.Function[func(*proxylib.Connection) bool]("Unpause")
)

// newFunc makes the parser of a connection.
type newFunc = func(*proxylib.Connection) proxylib.Parser

type onDataFunc = func(
	c *proxylib.Connection, reply, endStream bool, data [][]byte, ops []FilterOp,
) ([]FilterOp, proxylib.FilterResult)
