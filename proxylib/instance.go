package proxylib

import (
	"sync"

	"github.com/proxylib/proxylib/accesslog"
	"github.com/proxylib/proxylib/internal/hostlink"
	"github.com/proxylib/proxylib/internal/overload"
)

// Instance is what the connections of one configuration share: the policy, the access log and the limits. It belongs to
// the host. Parsers know it by its address: connections with the same Instance have the same configuration.
type Instance struct {
	host   hostlink.Instance[newFunc]
	clock  clock
	panics overload.Alarm
	closes overload.Alarm
	// givenUp counts connections that are not observed any more, unread those that never were, although they should be.
	givenUp, unread overload.Alarm
	shared          sharedTable
	// exchanges holds the *exchange that no connection uses, so that idle connections are small.
	exchanges sync.Pool
}

func newInstance(settings hostlink.Instance[newFunc]) *Instance {
	if settings.AccessLog == nil {
		settings.LogKinds = 0
	} else if settings.LogKinds == 0 {
		settings.LogKinds = accesslog.Requests
	}
	return &Instance{host: settings}
}

// settings returns what the host has set. It must not be changed.
func (i *Instance) settings() *hostlink.Instance[newFunc] { return &i.host }

// givenUpCount returns how many connections are not observed, or not any more.
func (i *Instance) givenUpCount() uint64 { return i.givenUp.Count() + i.unread.Count() }

// panicCount returns how often a parser has panicked.
func (i *Instance) panicCount() uint64 { return i.panics.Count() }
