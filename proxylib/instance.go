package proxylib

import (
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
	shared sharedTable
}

func newInstance(settings hostlink.Instance[newFunc]) *Instance {
	return &Instance{host: settings}
}

// settings returns what the host has set. It must not be changed.
func (i *Instance) settings() *hostlink.Instance[newFunc] { return &i.host }

// panicCount returns how often a parser has panicked.
func (i *Instance) panicCount() uint64 { return i.panics.Count() }
