package proxylib

import "github.com/proxylib/proxylib/internal/hostlink"

// What hosts do with connections and instances is exported by package proxylib/host, which finds it here.
func init() {
	hostlink.Provide("NewInstance", newInstance)
	hostlink.Provide("Settings", (*Instance).settings)
	hostlink.Provide("Panics", (*Instance).panicCount)
	hostlink.Provide("SharedBytes", (*Instance).sharedBytes)
	hostlink.Provide("SharedValues", (*Instance).sharedValues)
	hostlink.Provide("Open", (*Connection).open)
	hostlink.Provide("OnData", (*Connection).onData)
	hostlink.Provide("Prompt", (*Connection).prompt)
	hostlink.Provide("LogClosed", (*Connection).logClosed)
	hostlink.Provide("GiveUp", (*Connection).giveUp)
	hostlink.Provide("GivenUp", (*Instance).givenUpCount)
	hostlink.Provide("PassUnread", (*Instance).passUnread)
	hostlink.Provide("SetWake", (*Connection).setWake)
	hostlink.Provide("PauseNumber", (*Connection).pauseNumber)
	hostlink.Provide("Resume", (*Connection).resume)
	hostlink.Provide("Unpause", (*Connection).unpause)
	hostlink.Provide("Close", (*Connection).close)
	hostlink.Provide("LogEntry", (*Connection).logEntry)
	hostlink.Provide("CloseLogged", (*Connection).isCloseLogged)
}

// newFunc makes the parser of a connection; see [Protocol].
type newFunc = func(*Connection) Parser

// filterOp is one operation for the host; see host.FilterOp, which is the same type.
type filterOp = struct {
	Op OpType
	N  int64
}
