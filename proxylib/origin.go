package proxylib

import (
	"reflect"
	"runtime"
	"strings"
)

// Package returns the import path of the Go package that the protocol comes from, for people who look at a library; "" if it
// cannot be known.
func (p *Protocol) Package() string {
	if p.origin != "" {
		return p.origin
	}
	f := runtime.FuncForPC(reflect.ValueOf(p.New).Pointer())
	if f == nil {
		return ""
	}
	// The path ends at the first dot after its last slash; dots in its last element are escaped.
	folder, last := "", f.Name()
	if i := strings.LastIndexByte(last, '/'); i >= 0 {
		folder, last = last[:i+1], last[i+1:]
	}
	last, _, _ = strings.Cut(last, ".")
	return folder + strings.ReplaceAll(last, "%2e", ".")
}

// packageOf returns the import path of the package of a type, or of what it points to.
func packageOf(t reflect.Type) string {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t.PkgPath()
}
