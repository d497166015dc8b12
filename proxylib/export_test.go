package proxylib

import "github.com/proxylib/proxylib/internal/hostlink"

// Settings are what the host has set, for tests that change it.
func (i *Instance) Settings() *hostlink.Instance[newFunc] { return &i.host }
